export { canRun } from './canRun.js';
export { gpuLimits } from './gpu/backend.js';
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
export { elementary, lanesCode } from './wgsl/lanes.js';
export { from, type Place, placeIn, u } from './wgsl/place.js';
export { sums } from './wgsl/sums.js';
