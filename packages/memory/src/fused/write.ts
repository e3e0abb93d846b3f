import { type Engine, engineOf, type OpKernel, runKernel } from '@tapehead/core/kernels';
import { customGrad, type GradSaveFunc, type Tensor, type Tensor3D } from '@tensorflow/tfjs-core';
import { kernelNames } from './kernels.js';

/** Memory `[batch, N, M]`, weights `[batch, heads, N]`, erase and add `[batch, heads, M]`. */
export type WriteInputs = [memory: Tensor3D, weights: Tensor3D, erase: Tensor3D, add: Tensor3D];

const writeKernel: OpKernel = {
  name: kernelNames.forward,
  module: '@tapehead/memory/fused',
};

/** What an engine comes to for these. */
export function writeEngine(engine: Engine, inputs: WriteInputs): 'fused' | 'reference' {
  return engineOf(engine, writeKernel, inputs);
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
