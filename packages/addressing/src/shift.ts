import { checkRoom, type Floats, type RankOf } from '@tapehead/core';
import { addN, concat, mul, slice, split, type Tensor, type Tensor3D, tidy } from '@tensorflow/tfjs-core';
import { tapsOf } from './checks.js';
import { likeGiven, weightingsOf, withHeads } from './heads.js';

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

/** Equation 8 for weightings `[batch, heads, N]` and shift `[batch, heads, S]`. */
export function movedBy(shift: Tensor3D, weights: Tensor3D): Tensor3D {
  const [batch, heads, rows] = weights.shape;
  const taps = shift.shape[2];
  checkRoom(
    `circularShift of batch ${batch}, ${heads} heads, ${rows} rows and ${taps} taps`,
    4 * weights.size * (4 * taps + 1),
    'take fewer of them',
    0,
  );
  const moved = eachTap(shift).map((s, k) => mul<Tensor3D>(s, roll(weights, k - (taps - 1) / 2)));
  return addN(moved);
}

/**
 * Circular convolution with the shift distribution (Graves et al. 2014, equation 8):
 * `w̃(i) = Σ_j w(j) s(i − j)`, indices modulo N.
 * Tap k of S moves the focus by k − (S − 1) / 2: with three taps, `[0, 0, 1]` moves it from row i to row i + 1.
 *
 * @param weights `[batch, heads, N]`, or `[batch, N]` for a single head
 * @param shift one distribution a head: `[batch, heads, S]`, or `[batch, S]` for a single head; S odd, S ≤ N
 * @returns weightings in the shape of `weights`
 * @throws TapeheadError `argument` for what is no numbers, `shape` where the shapes do not fit, or the number of taps is
 * even or above N, `range` for sizes that no memory holds
 */
export function circularShift<Weights extends Floats>(weights: Weights, shift: Floats): RankOf<Weights>;
export function circularShift(weights: Floats, shift: Floats): Tensor {
  return tidy(() => {
    const focus = weightingsOf('weights', weights);
    return likeGiven(focus, movedBy(withHeads(tapsOf(shift, focus)), withHeads(focus)));
  });
}
