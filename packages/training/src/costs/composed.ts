import { div, expandDims, maximum, mul, type Scalar, sum, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { CostFunction, MeanOver } from './cost.js';

/** The cost of each number, `[batch, time, outputSize]`, by tfjs ops with gradients. */
export type Terms = (answer: Tensor, target: Tensor) => Tensor;

/** Where nothing counts, the cost is 0 / this. Not tf.divNoNan, which has no gradient. */
const LEAST = 1e-30;

/**
 * Σ mask · terms / Σ mask, per step or per number: the definition of a built-in cost, as a composition of tfjs ops. A term
 * that is not finite shows under a mask of 0 too: 0 · NaN is NaN.
 */
export function composed(over: Exclude<MeanOver, 'sequences'>, terms: Terms): CostFunction {
  return (answer, target, mask) =>
    tidy(() => {
      const total = sum<Scalar>(mul(terms(answer, target), expandDims(mask, 2)));
      return div<Scalar>(total, maximum(mul(sum(mask), perStep(over, answer)), LEAST));
    });
}

/** How many times a scored step counts. */
export function perStep(over: Exclude<MeanOver, 'sequences'>, { shape: [, , width = 1] }: Tensor): number {
  return over === 'numbers' ? width : 1;
}
