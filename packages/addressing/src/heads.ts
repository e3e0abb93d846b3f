import {
  expandDims,
  reshape,
  squeeze,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
} from '@tensorflow/tfjs-core';

/** One vector a head, `[batch, heads, size]`; a single head may drop its axis: `[batch, size]`. */
export type HeadVectors = Tensor2D | Tensor3D;

/** One number a head, `[batch, heads]`; a single head without its axis gives `[batch, 1]` or `[batch]`. */
export type HeadScalars = Tensor;

function hasHeads(vectors: HeadVectors): vectors is Tensor3D {
  return vectors.rank === 3;
}

/** `[batch, heads, size]`, with the axis of a single head put back. */
export function vectorsOf(vectors: HeadVectors): Tensor3D {
  return hasHeads(vectors) ? vectors : expandDims<Tensor3D>(vectors, 1);
}

/** `[batch, heads]`, with the axis of a single head put back. */
export function scalarsOf(scalars: HeadScalars): HeadScalars {
  return scalars.rank === 1 ? expandDims(scalars, 1) : scalars;
}

/** `[batch, heads, 1]`, so that it multiplies a `[batch, heads, N]`. */
export function columnOf(scalars: HeadScalars, batch: number): Tensor3D {
  return reshape<Tensor3D['rankType']>(scalars, [batch, -1, 1]);
}

/** The result with heads, without the axis of the head where `given` came without it. */
export function likeGiven(given: HeadVectors, result: Tensor3D): HeadVectors {
  return hasHeads(given) ? result : squeeze<Tensor2D>(result, [1]);
}
