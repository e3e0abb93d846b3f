import { type Pointer, runKernel } from '@tapehead/core/kernels';
import {
  customGrad,
  type GradSaveFunc,
  type NamedAttrMap,
  reshape,
  slice,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
} from '@tensorflow/tfjs-core';

/**
 * A sequence for the kernels of a net. Forward takes the inputs, the first of which is x, and gives a packed output,
 * the logits alone or with the final state behind them, and what is kept, a workspace or several; backward takes these and
 * the gradient of the packed output, and gives the gradients of the inputs: that of x only where it is wanted.
 */
export interface SequenceCall {
  readonly kernels: { readonly forward: string; readonly backward: string };
  readonly settings: NamedAttrMap;
  readonly inputs: Tensor[];
}

/** Forward in one kernel call. */
export function runForward({ kernels, settings, inputs }: SequenceCall): {
  packed: Tensor;
  kept: Tensor[];
} {
  const [packed, ...kept] = runKernel(kernels.forward, inputs, settings);
  if (packed === undefined || kept.length === 0)
    throw new Error('the forward kernel has two outputs or more');
  return { packed, kept };
}

/** All the way back in one kernel call. @returns the gradients of the call's inputs, in their order */
export function runBackward(
  { kernels, settings }: SequenceCall,
  kept: readonly Tensor[],
  dPacked: Tensor,
): Tensor[] {
  return runKernel(kernels.backward, [...kept, dPacked], settings);
}

/** The packed output as one op with a gradient. Call it in a tidy. */
export function packedSequence(call: SequenceCall): Tensor {
  const op = customGrad((...given: (Tensor | GradSaveFunc)[]) => {
    const { packed, kept } = runForward(call);
    const save = given.at(-1);
    if (typeof save === 'function') save(kept);
    return {
      value: packed,
      gradFunc: (dPacked: Tensor, saved: Tensor[]) => runBackward(call, saved, dPacked),
    };
  });
  return op(...call.inputs);
}

/** Takes one tensor after the other off a packed one. */
export function reader(packed: Tensor): (shape: number[]) => Tensor {
  let offset = 0;
  return (shape) => {
    const part = reshape(slice(packed, [offset], [countOf(shape)]), shape);
    offset += countOf(shape);
    return part;
  };
}

/** Where tensors of so many floats each begin that stand one behind the other. */
export function offsetsFrom(first: Pointer, counts: readonly number[]): Pointer[] {
  let next = first;
  return counts.map((count) => {
    const offset = next;
    next += 4 * count;
    return offset;
  });
}

export const countOf = (shape: readonly number[]): number =>
  shape.reduce((product, each) => product * each, 1);

/** A tensor of three axes as such. */
export function cube(tensor: Tensor): Tensor3D {
  if (isCube(tensor)) return tensor;
  throw new Error(`three axes, not ${tensor.rank}`);
}

/** A tensor of two axes as such. */
export function matrix(tensor: Tensor): Tensor2D {
  if (isMatrix(tensor)) return tensor;
  throw new Error(`two axes, not ${tensor.rank}`);
}

const isMatrix = (tensor: Tensor): tensor is Tensor2D => tensor.rank === 2;
const isCube = (tensor: Tensor): tensor is Tensor3D => tensor.rank === 3;
