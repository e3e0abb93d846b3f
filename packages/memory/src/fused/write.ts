import { canRun, runKernel } from '@tapehead/kernels';
import { customGrad, type GradSaveFunc, type Tensor, type Tensor3D } from '@tensorflow/tfjs-core';
import { kernelNames } from './kernels.js';

/** Memory `[batch, N, M]`, weights `[batch, heads, N]`, erase and add `[batch, heads, M]`. */
export type WriteInputs = [memory: Tensor3D, weights: Tensor3D, erase: Tensor3D, add: Tensor3D];

/** Whether the kernels are registered and take these. */
export function canFuse(inputs: WriteInputs): boolean {
  return canRun(kernelNames.forward, inputs);
}

/** All erases and adds in one kernel call, and all four gradients in another. */
export function fusedWrite(inputs: WriteInputs): Tensor3D {
  const op = customGrad((...given: (Tensor | GradSaveFunc)[]) => {
    const tensors = given.filter((each) => typeof each !== 'function');
    const save = given.at(-1);
    if (typeof save === 'function') save(tensors);
    return {
      value: cube(runKernel(kernelNames.forward, tensors, {})[0]),
      gradFunc: (dWritten: Tensor, saved: Tensor[]) =>
        runKernel(kernelNames.backward, [...saved, dWritten], {}),
    };
  });
  return cube(op(...inputs));
}

function cube(tensor: Tensor | undefined): Tensor3D {
  if (tensor && isCube(tensor)) return tensor;
  throw new Error('the kernel gives a tensor of three axes');
}

const isCube = (tensor: Tensor): tensor is Tensor3D => tensor.rank === 3;
