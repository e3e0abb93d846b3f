import { checkWithin, type Floats, firstOrder, type RankOf } from '@tapehead/core';
import {
  add,
  concat,
  log,
  maximum,
  mul,
  slice,
  softmax,
  step,
  sub,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tidy,
} from '@tensorflow/tfjs-core';
import { checkFew } from './checks.js';
import { columnOf, likeGiven, scalarsOf, weightingsOf, withHeads } from './heads.js';

/** A weight below this counts as this, so that log w and its slope 1 / w stay finite in float32. */
const leastWeight = 1e-30;

/** Added to γ log w̃ where w̃ is 0: exp of it is 0 in float32. */
const nothing = -1e4;

/** How weightings are sharpened. */
export interface SharpenOptions {
  /**
   * ε, a number in [0, 1]: `w(i) = w̃(i)^γ / (Σ_j w̃(j)^γ + ε)`. Above 0, a weighting may sum to less than 1, and one of zeros
   * stays zeros. Several public nets were trained with 1e-16. Default 0: weightings sum to 1.
   */
  readonly epsilon?: number;
}

/** Equation 9 for weightings `[batch, heads, N]` and gamma `[batch, heads]`. */
export function sharperOf(weights: Tensor3D, gamma: Tensor2D, epsilon = 0): Tensor3D {
  const logits = mul<Tensor3D>(columnOf(gamma), log(maximum(weights, leastWeight)));
  return epsilon === 0 ? softmax(logits) : sharperBeside(epsilon, weights, logits);
}

/** `w̃^γ / (Σ w̃^γ + ε)`: a softmax in which log ε stands beside the N logits γ log w̃. */
function sharperBeside(epsilon: number, weights: Tensor3D, logits: Tensor3D): Tensor3D {
  const [batch, heads, rows] = weights.shape;
  const powers = add<Tensor3D>(logits, mul(nothing, sub(1, step(weights))));
  const beside = add<Tensor3D>(mul(0, slice(logits, [0, 0, 0], [batch, heads, 1])), Math.log(epsilon));
  return slice(softmax(concat([powers, beside], 2)), [0, 0, 0], [batch, heads, rows]);
}

/**
 * Sharpening (Graves et al. 2014, equation 9): `w(i) = w̃(i)^γ / Σ_j w̃(j)^γ`, computed as
 * `softmax_i(γ log w̃(i))`, which is the same and, unlike the powers, does not underflow in float32. A weighting of zeros
 * becomes uniform. With `epsilon` it is `w̃(i)^γ / (Σ_j w̃(j)^γ + ε)`, and a weighting of zeros stays zeros.
 *
 * @param weights w̃ `[batch, heads, N]`, or `[batch, N]` for a single head
 * @param gamma γ ≥ 1: `[batch, heads]`, for a single head `[batch, 1]` or `[batch]`, or one number for all
 * @param options `epsilon`: added to the sum of the powers
 * @returns weightings in the shape of `weights`; each sums to 1, or with `epsilon` to less
 * @throws TapeheadError `argument` for what is no numbers and for an unknown option, `shape` where the shapes do not fit,
 * `range` for an epsilon outside [0, 1]
 */
export function sharpen<Weights extends Floats>(
  weights: Weights,
  gamma: Floats,
  options?: SharpenOptions,
): RankOf<Weights>;
export function sharpen(weights: Floats, gamma: Floats, options: SharpenOptions = {}): Tensor {
  checkFew('sharpen', options, ['epsilon']);
  const { epsilon = 0 } = options;
  checkWithin('epsilon', epsilon, 0, 1);
  return tidy(() => {
    const blurred = weightingsOf('weights', weights);
    const sharper = sharperOf(withHeads(blurred), scalarsOf('gamma', gamma, blurred), epsilon);
    return likeGiven(blurred, firstOrder('sharpen', sharper));
  });
}
