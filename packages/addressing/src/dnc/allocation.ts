import { type Floats, floatsOfShape } from '@tapehead/core';
import { add, expandDims, mul, sub, type Tensor2D, type Tensor3D, tidy } from '@tensorflow/tfjs-core';
import { checkPairs, rowsBefore } from '../order.js';
import { product } from '../product.js';

/**
 * Where there is room (Graves et al. 2016, Methods, dynamic memory allocation, with φ the rows from the least used on):
 * `a[φ_j] = (1 − u[φ_j]) Π_{i < j} u[φ_i]`, computed without a sort as
 * `a(i) = (1 − u(i)) Π_j [u(j) where row j comes before row i in φ, else 1]`.
 * Rows that are used alike come in the order of their numbers. Gradients go through u, and not through the order.
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
    const before = rowsBefore(u);
    const factors = add<Tensor3D>(mul(before, expandDims(u, 2)), sub(1, before));
    return mul(sub(1, u), product(factors));
  });
}
