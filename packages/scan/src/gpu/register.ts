import { registerGpuKernel } from '@tapehead/core/kernels';
import { compilerBy } from '../run/compile.js';
import { useCompiler } from '../run/compiled.js';
import { backwardKernel, forwardKernel } from '../run/ports.js';
import { plannedForGpu } from './planned.js';
import { backwardOnGpu, forwardOnGpu } from './run.js';

/** Registers the kernels of `scan` on the webgpu backend. */
export function registerOnGpu(): void {
  registerGpuKernel(forwardKernel, forwardOnGpu);
  registerGpuKernel(backwardKernel, backwardOnGpu);
  useCompiler(['webgpu'], compilerBy(plannedForGpu));
}
