import { addN, concat, mul, slice, split, type Tensor2D, type Tensor3D, tidy } from '@tensorflow/tfjs-core';
import { checkTaps, checkVectors } from './checks.js';
import { type HeadVectors, likeGiven, vectorsOf } from './heads.js';

/** Moves every weighting `by` rows onwards, modulo N: what was at row i is at row i + by. `[batch, heads, N]` */
function roll(weights: Tensor3D, by: number): Tensor3D {
  const rows = weights.shape[2];
  const cut = ((-by % rows) + rows) % rows;
  if (cut === 0) return weights;
  return concat([slice(weights, [0, 0, cut]), slice(weights, [0, 0, 0], [-1, -1, cut])], 2);
}

/** `[batch, heads, 1]` for each tap; one alone stays whole, because tfjs has no gradient for a split into one. */
function eachTap(shift: Tensor3D): Tensor3D[] {
  const taps = shift.shape[2];
  return taps === 1 ? [shift] : split(shift, taps, 2);
}

/**
 * Circular convolution with the shift distribution (Graves et al. 2014, equation 8):
 * `w̃(i) = Σ_j w(j) s(i − j)`, indices modulo N.
 * Tap k of S moves the focus by k − (S − 1) / 2: with three taps, `[0, 0, 1]` moves it from row i to row i + 1.
 *
 * @param weights `[batch, heads, N]`, or `[batch, N]` for a single head
 * @param shift one distribution a head: `[batch, heads, S]`, or `[batch, S]` for a single head; S odd, S ≤ N
 * @returns weightings in the shape of `weights`
 * @throws TapeheadError `shape` where the shapes do not fit, or the number of taps is even or above N
 */
export function circularShift(weights: Tensor3D, shift: Tensor3D): Tensor3D;
export function circularShift(weights: Tensor2D, shift: Tensor2D): Tensor2D;
export function circularShift(weights: HeadVectors, shift: HeadVectors): HeadVectors {
  checkVectors('weights', weights, 'memorySize');
  checkTaps(shift, weights);
  return tidy(() => {
    const w = vectorsOf(weights);
    const taps = eachTap(vectorsOf(shift));
    const moved = taps.map((s, k) => mul<Tensor3D>(s, roll(w, k - (taps.length - 1) / 2)));
    return likeGiven(weights, addN(moved));
  });
}
