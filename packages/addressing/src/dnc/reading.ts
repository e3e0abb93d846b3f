import { checkShape } from '@tapehead/core';
import { addN, mul, split, type Tensor2D, type Tensor3D, tidy } from '@tensorflow/tfjs-core';
import { checkVectors } from '../checks.js';
import { type HeadVectors, likeGiven, vectorsOf } from '../heads.js';

/**
 * Where the read heads read (Graves et al. 2016, Methods, read weighting): `w = π₁ b + π₂ c + π₃ f`.
 *
 * @param modes π, for each read head a distribution over backward, content and forward: `[batch, heads, 3]`, or
 * `[batch, 3]` for a single head
 * @param backward b of `backwardWeighting`: `[batch, heads, N]`, or `[batch, N]` for a single head
 * @param content c, the weightings by content of the read keys, in the shape of `backward`
 * @param forward f of `forwardWeighting`, in the shape of `backward`
 * @returns weightings in the shape of `backward`; each sums to at most 1
 * @throws TapeheadError `shape` where the shapes do not fit
 */
export function readWeighting(
  modes: Tensor3D,
  backward: Tensor3D,
  content: Tensor3D,
  forward: Tensor3D,
): Tensor3D;
export function readWeighting(
  modes: Tensor2D,
  backward: Tensor2D,
  content: Tensor2D,
  forward: Tensor2D,
): Tensor2D;
export function readWeighting(
  modes: HeadVectors,
  backward: HeadVectors,
  content: HeadVectors,
  forward: HeadVectors,
): HeadVectors {
  checkVectors('backward', backward, 'memorySize');
  checkShape('content', content, backward.shape, 'the shape of backward');
  checkShape('forward', forward, backward.shape, 'the shape of backward');
  checkShape('modes', modes, [...backward.shape.slice(0, -1), 3], 'backward, content, forward');
  return tidy(() => {
    const shares: Tensor3D[] = split(vectorsOf(modes), 3, 2);
    const weightings = [backward, content, forward].map(vectorsOf);
    return likeGiven(backward, addN(shares.map((share, k) => mul<Tensor3D>(share, weightings[k] ?? share))));
  });
}
