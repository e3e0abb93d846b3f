export {
  checkEngine,
  chooseEngine,
  type Engine,
  type EngineOption,
  engineOf,
  type OpKernel,
  obstacleTo,
} from './engine.js';
export { gpuLimits } from './gpu/backend.js';
export { mostFloats, obstacleToBuffer, pack, unpack } from './gpu/buffers.js';
export type { GpuCall, Span } from './gpu/call.js';
export { checkGpu, checkGpuAfter } from './gpu/health.js';
export { type GpuProgram, sourceOf } from './gpu/program.js';
export { type GpuBody, registerGpuKernels } from './gpu/register.js';
export type { Heap, KernelCall, Pointer } from './heap.js';
export type { KernelModules } from './module.js';
export {
  hasFunctions,
  type KernelBody,
  needed,
  type Program,
  registerKernels,
  runKernel,
} from './register.js';
export { sumOf } from './sumOf.js';
export { elementary, lanesCode } from './wgsl/lanes.js';
export { batched, constants, from, type Place, placeIn, turned, u } from './wgsl/place.js';
export { lanesFor, type Shared, share, type WorkgroupLimits } from './wgsl/shared.js';
export { sums } from './wgsl/sums.js';
