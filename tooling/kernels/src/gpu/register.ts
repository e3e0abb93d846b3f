import { getKernel, registerKernel, type TensorInfo } from '@tensorflow/tfjs-core';
import { inTurn } from '../inputs.js';
import { gpuBackend } from './backend.js';
import { type GpuCall, gpuCall } from './call.js';
import { watched } from './health.js';

/** What a kernel does on a GPU: inputs are numbered from 0. */
export type GpuBody = (
  call: GpuCall,
  inputs: readonly TensorInfo[],
  attributes: Readonly<Record<string, unknown>>,
) => void;

/** Registers kernels by name on the webgpu backend, unless they are there. The outputs are those of the call. */
export function registerGpuKernels(bodies: Readonly<Record<string, GpuBody>>): void {
  for (const [kernelName, body] of Object.entries(bodies)) {
    if (getKernel(kernelName, 'webgpu')) continue;
    registerKernel({
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
    });
  }
}
