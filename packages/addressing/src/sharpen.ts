import { log, maximum, mul, softmax, type Tensor2D, type Tensor3D, tidy } from '@tensorflow/tfjs-core';
import { checkScalars, checkVectors } from './checks.js';
import { columnOf, type HeadScalars, type HeadVectors, likeGiven, vectorsOf } from './heads.js';

/** A weight below this counts as this, so that log w and its slope 1 / w stay finite in float32. */
const leastWeight = 1e-30;

/**
 * Sharpening (Graves et al. 2014, equation 9): `w(i) = w̃(i)^γ / Σ_j w̃(j)^γ`, computed as
 * `softmax_i(γ log w̃(i))`, which is the same and, unlike the powers, does not underflow in float32.
 *
 * @param weights w̃ `[batch, heads, N]`, or `[batch, N]` for a single head
 * @param gamma γ ≥ 1: `[batch, heads]`, or `[batch, 1]` or `[batch]` for a single head
 * @returns weightings in the shape of `weights`; each sums to 1
 * @throws TapeheadError `shape` where the shapes do not fit
 */
export function sharpen(weights: Tensor3D, gamma: HeadScalars): Tensor3D;
export function sharpen(weights: Tensor2D, gamma: HeadScalars): Tensor2D;
export function sharpen(weights: HeadVectors, gamma: HeadScalars): HeadVectors {
  checkVectors('weights', weights, 'memorySize');
  checkScalars('gamma', gamma, weights);
  return tidy(() => {
    const logarithms = log(maximum(vectorsOf(weights), leastWeight));
    return likeGiven(weights, softmax(mul(columnOf(gamma, weights.shape[0]), logarithms)));
  });
}
