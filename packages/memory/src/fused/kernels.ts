import { needed, sumOf } from '@tapehead/core/kernels';
import { type TensorInfo, util } from '@tensorflow/tfjs-core';

/**
 * The kernels of the op `write`. Inputs are numbered: forward takes memory, weights, erase and add, and gives the new
 * memory; backward takes the same and the gradient of the new memory, and gives the gradients of the four.
 */
export const kernelNames = { forward: 'TapeheadWrite', backward: 'TapeheadWriteGrad' } as const;

/** B sequences, W heads, N rows of M cells. */
export type WriteSizes = Record<'B' | 'W' | 'N' | 'M', number>;

/** From memory `[B, N, M]` and weights `[B, W, N]`. */
export function writeSizes([memory, weights]: readonly Pick<TensorInfo, 'shape'>[]): WriteSizes {
  const [B = 0, N = 0, M = 0] = needed(memory).shape;
  return { B, W: needed(weights).shape[1] ?? 0, N, M };
}

/** The gradients of memory, weights, erase and add have the shapes of these. */
export function inputShapes({ B, W, N, M }: WriteSizes): number[][] {
  return [
    [B, N, M],
    [B, W, N],
    [B, W, M],
    [B, W, M],
  ];
}

/** The floats of the largest buffer on a GPU, which holds all gradients. */
export function largestBuffer(sizes: WriteSizes): number {
  return sumOf(inputShapes(sizes).map(util.sizeFromShape));
}
