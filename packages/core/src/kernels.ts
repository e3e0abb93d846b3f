export {
  checkEngine,
  chooseEngine,
  type Engine,
  type EngineOption,
  engineOf,
  type OpKernel,
  obstacleTo,
} from './engine.js';
export { gpuLimits } from './kernels/gpu/backend.js';
export { mostFloats, obstacleToBuffer, pack, unpack } from './kernels/gpu/buffers.js';
export type { GpuCall, Span } from './kernels/gpu/call.js';
export { checkGpu, checkGpuAfter } from './kernels/gpu/health.js';
export { type GpuProgram, sourceOf } from './kernels/gpu/program.js';
export { type GpuBody, registerGpuKernels } from './kernels/gpu/register.js';
export type { Heap, KernelCall, Pointer } from './kernels/heap.js';
export type { KernelModules } from './kernels/module.js';
export {
  hasFunctions,
  type KernelBody,
  needed,
  type Program,
  registerKernels,
  runKernel,
} from './kernels/register.js';
export { sumOf } from './kernels/sumOf.js';
export { elementary, lanesCode } from './kernels/wgsl/lanes.js';
export { batched, constants, from, type Place, placeIn, turned, u } from './kernels/wgsl/place.js';
export { lanesFor, type Shared, share, type WorkgroupLimits } from './kernels/wgsl/shared.js';
export { sums } from './kernels/wgsl/sums.js';
