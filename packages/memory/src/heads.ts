import { expandDims, split, type Tensor, type Tensor3D } from '@tensorflow/tfjs-core';

/** True for `[batch, heads, size]`, false where a single head drops its axis: `[batch, size]`. */
function hasHeads(vectors: Tensor): vectors is Tensor3D {
  return vectors.rank === 3;
}

/** `[batch, heads, size]`, with the axis of a single head put back. */
export function withHeads(vectors: Tensor): Tensor3D {
  return hasHeads(vectors) ? vectors : expandDims<Tensor3D>(vectors, 1);
}

/** `[batch, 1, size]` for each head; one alone stays unsplit, because tfjs has no gradient for a split into one. */
export function eachHead(vectors: Tensor3D): Tensor3D[] {
  const heads = vectors.shape[1];
  return heads === 1 ? [vectors] : split(vectors, heads, 1);
}
