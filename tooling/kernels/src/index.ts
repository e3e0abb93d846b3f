export { canRun } from './canRun.js';
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
