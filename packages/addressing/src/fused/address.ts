import { type Engine, engineOf, type OpKernel, runKernel } from '@tapehead/core/kernels';
import { customGrad, type GradSaveFunc, type Tensor, type Tensor3D } from '@tensorflow/tfjs-core';
import type { HeadParameters } from '../address.js';
import { addressSizes, kernelNames } from './kernels.js';

/** What the kernel takes, in its order. */
function inputsOf(
  { key, beta, gate, shift, gamma }: HeadParameters,
  memory: Tensor3D,
  previous: Tensor3D,
): Tensor[] {
  return [key, beta, gate, shift, gamma, memory, previous];
}

const addressKernel: OpKernel = {
  name: kernelNames.forward,
  module: '@tapehead/addressing/fused',
};

/** What an engine comes to for these. */
export function addressEngine(
  engine: Engine,
  head: HeadParameters,
  memory: Tensor3D,
  previous: Tensor3D,
): 'fused' | 'reference' {
  return engineOf(engine, addressKernel, inputsOf(head, memory, previous));
}

/** All four stages in one kernel call, and all seven gradients in another; shapes as `addressingStages` takes them. */
export function fusedAddress(head: HeadParameters, memory: Tensor3D, previous: Tensor3D): Tensor3D {
  const given = inputsOf(head, memory, previous);
  const sizes = addressSizes(given);
  const op = customGrad((...all: (Tensor | GradSaveFunc)[]) => {
    const save = all.pop();
    const inputs = all.filter((each) => typeof each !== 'function');
    const [value, workspace] = runKernel(kernelNames.forward, inputs, sizes);
    if (!value || !workspace) throw new Error('the kernel has two outputs');
    if (typeof save === 'function') save([workspace]);
    return {
      value: cube(value),
      gradFunc: (dWeights: Tensor, saved: Tensor[]) =>
        runKernel(kernelNames.backward, [...saved, dWeights], sizes),
    };
  });
  return cube(op(...given));
}

function cube(tensor: Tensor): Tensor3D {
  if (isCube(tensor)) return tensor;
  throw new Error(`three axes, not ${tensor.rank}`);
}

const isCube = (tensor: Tensor): tensor is Tensor3D => tensor.rank === 3;
