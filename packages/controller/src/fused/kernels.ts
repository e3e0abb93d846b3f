import { needed, sumOf } from '@tapehead/core/kernels';
import { type TensorInfo, util } from '@tensorflow/tfjs-core';

/**
 * The kernels of `lstmStep`. Inputs are numbered: forward takes x, h, c, kernel, recurrentKernel and bias, and gives
 * the new h and c and what the backward kernel needs of this step; backward takes kernel, recurrentKernel, that, and the
 * gradients of the new h and c, and gives the gradients of the six.
 */
export const kernelNames = { forward: 'TapeheadLstmStep', backward: 'TapeheadLstmStepGrad' } as const;

/** B sequences, I inputs and U units. */
export type StepSizes = Record<'B' | 'I' | 'U', number>;

/** From x `[B, I]` and h `[B, U]`. */
export function stepSizes([x, h]: readonly Pick<TensorInfo, 'shape'>[]): StepSizes {
  const [B = 0, I = 0] = needed(x).shape;
  return { B, I, U: needed(h).shape[1] ?? 0 };
}

/** The gradients of x, h, c, kernel, recurrentKernel and bias have the shapes of these. */
export function inputShapes({ B, I, U }: StepSizes): number[][] {
  return [[B, I], [B, U], [B, U], [I, 4 * U], [U, 4 * U], [4 * U]];
}

/** What is kept of a sequence on a GPU, in floats: x, h and c, the gates and c′. */
export function keptSizes({ I, U }: Omit<StepSizes, 'B'>) {
  return { x: I, h: U, c: U, gates: 4 * U, cell: U };
}

/** The floats of the largest buffer on a GPU: of what is kept, or of the gradients. */
export function largestBuffer(sizes: StepSizes): number {
  const kept = sizes.B * sumOf(Object.values(keptSizes(sizes)));
  return Math.max(kept, sumOf(inputShapes(sizes).map(util.sizeFromShape)));
}
