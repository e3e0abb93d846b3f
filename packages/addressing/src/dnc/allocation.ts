import { type Floats, floatsOfShape } from '@tapehead/core';
import { mul, sub, type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import { checkPairs, ranksOf, sorted, unsorted } from '../order.js';
import { productsBefore } from '../product.js';

/**
 * Where there is room (Graves et al. 2016, Methods, dynamic memory allocation, with φ the rows from the least used on):
 * `a[φ_j] = (1 − u[φ_j]) Π_{i < j} u[φ_i]`. Rows that are used alike come in the order of their numbers. Gradients go
 * through u, and not through the order.
 *
 * @param usage u in [0, 1]: `[batch, N]`
 * @returns `[batch, N]`; sums to `1 − Π u(i)`: to 0 where all rows are in use
 * @throws TapeheadError `argument` for what is no numbers, `shape` unless `usage` has two axes, `range` where there is no
 * room to compare each row with each
 */
export function allocationWeighting(usage: Floats): Tensor2D {
  return tidy(() => {
    const u = floatsOfShape('usage', usage, ['batch', 'memorySize']);
    checkPairs('allocationWeighting', u);
    const ranks = ranksOf(u);
    return mul(sub(1, u), unsorted(productsBefore(sorted(u, ranks)), ranks));
  });
}
