import { checkInteger, type Floats, floatsOfShape, TapeheadError } from '@tapehead/core';
import { step, sub, type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import { checkPairs, ofOrder, ranksOf } from '../order.js';

/**
 * The rows used least (Santoro et al. 2016, equation 6): `w(i) = 1` where `u(i)` is among the n smallest, else 0.
 * Always n rows: the paper takes more where usages are equal, this the rows of the lowest numbers. It has no slope, and
 * passes back a gradient of 0.
 *
 * @param usage u of `updateUsage`: `[batch, N]`
 * @param count n, in the paper the number of read heads. Default 1
 * @returns `[batch, N]`; sums to n
 * @throws TapeheadError `argument` for what is no numbers; `shape` unless `usage` has two axes; `range` for an n that is not
 * between 1 and N, or where there is no room to compare each row with each
 */
export function leastUsedWeighting(usage: Floats, count = 1): Tensor2D {
  checkInteger('count', count);
  return tidy(() => {
    const u = floatsOfShape('usage', usage, ['batch', 'memorySize']);
    const memorySize = u.shape[1];
    if (count > memorySize) {
      throw new TapeheadError(
        'range',
        `count: expected at most the ${memorySize} rows of usage, got ${count}`,
      );
    }
    checkPairs('leastUsedWeighting', u);
    return ofOrder(u, () => step(sub(count, ranksOf(u))));
  });
}
