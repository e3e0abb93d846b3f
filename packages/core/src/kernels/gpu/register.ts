import { getKernel, registerKernel, type Tensor, type TensorInfo } from '@tensorflow/tfjs-core';
import type { LimitedKernel } from '../../engine.js';
import { inTurn } from '../inputs.js';
import { gpuBackend, gpuLimits } from './backend.js';
import { obstacleToBuffer } from './buffers.js';
import { type GpuCall, gpuCall } from './call.js';
import { watched } from './health.js';

/** What a kernel does on a GPU: inputs are numbered from 0. */
export type GpuBody = (
  call: GpuCall,
  inputs: readonly TensorInfo[],
  attributes: Readonly<Record<string, unknown>>,
) => void;

/**
 * Registers kernels by name on the webgpu backend, unless they are there. The outputs are those of the call.
 * @param floatsOf what the largest buffer of an op's kernels has, by the name of that which goes forward
 */
export function registerGpuKernels(
  bodies: Readonly<Record<string, GpuBody>>,
  floatsOf: Readonly<Record<string, (inputs: readonly Tensor[]) => number>> = {},
): void {
  for (const [kernelName, body] of Object.entries(bodies)) {
    if (getKernel(kernelName, 'webgpu')) continue;
    const kernel: LimitedKernel = {
      kernelName,
      backendName: 'webgpu',
      kernelFunc({ inputs, attrs, backend }) {
        const gpu = gpuBackend(backend);
        return watched(gpu.device, () => {
          const call = gpuCall(gpu);
          body(call, inTurn(inputs), attrs ?? {});
          return call.finish();
        });
      },
      obstacle: (inputs) => obstacleOnGpu(kernelName, floatsOf[kernelName]?.(inputs) ?? 0),
    };
    registerKernel(kernel);
  }
}

function obstacleOnGpu(kernelName: string, floats: number): string | undefined {
  const limits = gpuLimits();
  return limits && obstacleToBuffer(`the kernel ${kernelName} takes`, floats, limits, 'take a smaller batch');
}
