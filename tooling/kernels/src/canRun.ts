import { getBackend, getKernel, type Tensor } from '@tensorflow/tfjs-core';

/** Whether a kernel is registered on the backend of this moment and takes these tensors: float32, none of them empty. */
export function canRun(kernelName: string, tensors: readonly Tensor[]): boolean {
  return (
    getKernel(kernelName, getBackend()) !== undefined &&
    tensors.every(({ dtype, size }) => dtype === 'float32' && size > 0)
  );
}
