import { abs, div, expandDims, mul, type Scalar, sub, sum, tidy } from '@tensorflow/tfjs-core';
import { customCost } from '../costs/customCost.js';

/** A cost of the caller's: Σ mask |x − z| / Σ mask, of the logits. */
export const meanAbsoluteError = customCost({
  name: 'mean-absolute-error',
  unit: 'absolute error',
  over: 'steps',
  of: (logits, target, mask) =>
    tidy(() => div(sum<Scalar>(mul(abs(sub(logits, target)), expandDims(mask, 2))), sum(mask))),
});
