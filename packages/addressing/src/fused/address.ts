import { canRun, runKernel } from '@tapehead/kernels';
import { customGrad, type GradSaveFunc, type Tensor, type Tensor3D } from '@tensorflow/tfjs-core';
import type { HeadParameters } from '../address.js';
import { type AddressSizes, kernelNames } from './kernels.js';

/** What the kernel takes, in its order. */
function inputsOf(
  { key, beta, gate, shift, gamma }: HeadParameters,
  memory: Tensor3D,
  previous: Tensor3D,
): Tensor[] {
  return [key, beta, gate, shift, gamma, memory, previous];
}

/** Whether the kernels are registered and take these. */
export function canFuse(head: HeadParameters, memory: Tensor3D, previous: Tensor3D): boolean {
  return canRun(kernelNames.forward, inputsOf(head, memory, previous));
}

/** All four stages in one kernel call, and all seven gradients in another; shapes as `addressingStages` takes them. */
export function fusedAddress(head: HeadParameters, memory: Tensor3D, previous: Tensor3D): Tensor3D {
  const [batch, memorySize, memoryDim] = memory.shape;
  const sizes: AddressSizes = {
    batch,
    heads: head.key.shape[1],
    memorySize,
    memoryDim,
    taps: head.shift.shape[2],
  };
  const op = customGrad((...given: (Tensor | GradSaveFunc)[]) => {
    const save = given.pop();
    const inputs = given.filter((each) => typeof each !== 'function');
    const [value, workspace] = runKernel(kernelNames.forward, inputs, sizes);
    if (!value || !workspace) throw new Error('the kernel has two outputs');
    if (typeof save === 'function') save([workspace]);
    return {
      value: cube(value),
      gradFunc: (dWeights: Tensor, saved: Tensor[]) =>
        runKernel(kernelNames.backward, [...saved, dWeights], sizes),
    };
  });
  return cube(op(...inputsOf(head, memory, previous)));
}

function cube(tensor: Tensor): Tensor3D {
  if (isCube(tensor)) return tensor;
  throw new Error(`three axes, not ${tensor.rank}`);
}

const isCube = (tensor: Tensor): tensor is Tensor3D => tensor.rank === 3;
