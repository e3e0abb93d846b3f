export { chooseEngine, kernelName, obstacleTo, traceBackend } from './engine.js';
export type { CpuKernel, CpuOp, FunctionNames, Places } from './kernels/cpuKernel.js';
export { limitsOf } from './kernels/gpu/backend.js';
export { mostFloats, obstacleToBuffer, pack, unpack } from './kernels/gpu/buffers.js';
export type { GpuBuffers, GpuCall, GpuWork, Span } from './kernels/gpu/call.js';
export { checkGpu, checkGpuAfter } from './kernels/gpu/health.js';
export type { GpuProgram } from './kernels/gpu/program.js';
export { type GpuBody, type GpuOp, registerGpuKernel, registerGpuOp } from './kernels/gpu/register.js';
export type { Heap, KernelCall, Pointer } from './kernels/heap.js';
export { needed } from './kernels/inputs.js';
export {
  bytesOfModule,
  type Functions,
  functionOf,
  type KernelModules,
  type ModuleBytes,
} from './kernels/library.js';
export { registerAxesOp, registerCpuKernel, registerOp } from './kernels/register.js';
export { withSharedMemory } from './kernels/sharedMemory.js';
export { elementary, lanesCode } from './kernels/wgsl/lanes.js';
export { batched, constants, from, type Place, placeIn, turned, u } from './kernels/wgsl/place.js';
export { lanesFor, type Shared, share, type WorkgroupLimits } from './kernels/wgsl/shared.js';
export { sums, type Terms } from './kernels/wgsl/sums.js';
export {
  applyOp,
  backwardOf,
  type Forward,
  forwardOf,
  runKernel,
  secondOrder,
} from './op/apply.js';
export { type AxesDeclaration, type AxesOp, declareAxesOp, type SizesOf } from './op/axes.js';
export { declareOp, type Op, type OpDeclaration } from './op/declare.js';
export {
  type Attributes,
  declareKernel,
  type Kernel,
  type KernelDeclaration,
  numbersAmong,
  type Port,
  portsByShape,
  portsOf,
  type Settings,
  type Shaped,
  sizeOf,
  sumOf,
} from './op/kernel.js';
export { obstacleToWork } from './op/registered.js';
export { remembered } from './op/remembered.js';
