import { type Floats, firstOrder, type RankOf } from '@tapehead/core';
import {
  log,
  maximum,
  mul,
  softmax,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tidy,
} from '@tensorflow/tfjs-core';
import { columnOf, likeGiven, scalarsOf, weightingsOf, withHeads } from './heads.js';

/** A weight below this counts as this, so that log w and its slope 1 / w stay finite in float32. */
const leastWeight = 1e-30;

/** Equation 9 for weightings `[batch, heads, N]` and gamma `[batch, heads]`. */
export function sharperOf(weights: Tensor3D, gamma: Tensor2D): Tensor3D {
  return softmax(mul(columnOf(gamma), log(maximum(weights, leastWeight))));
}

/**
 * Sharpening (Graves et al. 2014, equation 9): `w(i) = w̃(i)^γ / Σ_j w̃(j)^γ`, computed as
 * `softmax_i(γ log w̃(i))`, which is the same and, unlike the powers, does not underflow in float32.
 *
 * @param weights w̃ `[batch, heads, N]`, or `[batch, N]` for a single head
 * @param gamma γ ≥ 1: `[batch, heads]`, for a single head `[batch, 1]` or `[batch]`, or one number for all
 * @returns weightings in the shape of `weights`; each sums to 1
 * @throws TapeheadError `argument` for what is no numbers, `shape` where the shapes do not fit
 */
export function sharpen<Weights extends Floats>(weights: Weights, gamma: Floats): RankOf<Weights>;
export function sharpen(weights: Floats, gamma: Floats): Tensor {
  return tidy(() => {
    const blurred = weightingsOf('weights', weights);
    const sharper = sharperOf(withHeads(blurred), scalarsOf('gamma', gamma, blurred));
    return likeGiven(blurred, firstOrder('sharpen', sharper));
  });
}
