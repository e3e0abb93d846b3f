import { checkShape, type Floats, floatsOf, floatsOfShape } from '@tapehead/core';
import {
  expandDims,
  mul,
  ones,
  squeeze,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
} from '@tensorflow/tfjs-core';

/** One weighting per head, `[batch, heads, N]`, or `[batch, N]` of a single head. */
export function weightingsOf(name: string, given: Floats): Tensor {
  return floatsOfShape(name, given, ['batch', 'heads', 'memorySize']);
}

/** One weighting of the N rows per sequence of `rows`, `[batch, N]`, and per head: `[batch, heads, N]` or `[batch, N]`. */
export function weightingsOfRows(
  name: string,
  given: Floats,
  { shape: [batch = 0, rows = 0] }: Tensor,
): Tensor {
  return floatsOfShape(name, given, [batch, 'heads', rows], `batch ${batch}, memorySize ${rows}`);
}

/**
 * One number per head of `vectors`, `[batch, heads]`. Given as that, for a single head without its axis as `[batch]` or
 * `[batch, 1]`, or as one number that stands for all.
 */
export function scalarsOf(name: string, given: Floats, vectors: Tensor): Tensor2D {
  const scalars = floatsOf(name, given);
  const [batch = 0, heads = 0] = vectors.rank === 3 ? vectors.shape : [vectors.shape[0], 1];
  if (scalars.rank === 0) return mul<Tensor2D>(ones([batch, heads]), scalars);
  const single = vectors.rank === 2 && scalars.rank === 1;
  checkShape(name, scalars, single ? [batch] : [batch, heads], 'one number per head');
  return isMatrix(scalars) ? scalars : expandDims<Tensor2D>(scalars, 1);
}

/** `[batch, heads, 1]`, so that it multiplies a `[batch, heads, N]`. */
export function columnOf(scalars: Tensor2D): Tensor3D {
  return expandDims(scalars, 2);
}

/** `[batch, heads, size]`, with the axis of a single head put back. */
export function withHeads(vectors: Tensor): Tensor3D {
  return isCube(vectors) ? vectors : expandDims<Tensor3D>(vectors, 1);
}

/** The result with heads, without the axis of the head where `given` came without it. */
export function likeGiven(given: Tensor, result: Tensor3D): Tensor {
  return given.rank === 3 ? result : squeeze(result, [1]);
}

const isCube = (tensor: Tensor): tensor is Tensor3D => tensor.rank === 3;
const isMatrix = (tensor: Tensor): tensor is Tensor2D => tensor.rank === 2;
