import { checkShape } from '@tapehead/core';
import { add, expandDims, mul, sub, type Tensor2D, type Tensor3D, tidy } from '@tensorflow/tfjs-core';
import { rowsBefore } from '../order.js';
import { product } from '../product.js';

/**
 * Where there is room (Graves et al. 2016, Methods, dynamic memory allocation, with φ the rows from the least used on):
 * `a[φ_j] = (1 − u[φ_j]) Π_{i < j} u[φ_i]`, computed without a sort as
 * `a(i) = (1 − u(i)) Π_j [u(j) where row j comes before row i in φ, else 1]`.
 * Rows that are used alike come in the order of their numbers. Gradients go through u, and not through the order.
 *
 * @param usage u in [0, 1]: `[batch, N]`
 * @returns `[batch, N]`; sums to `1 − Π u(i)`: to 0 where all rows are in use
 * @throws TapeheadError `shape` unless `usage` has two axes
 */
export function allocationWeighting(usage: Tensor2D): Tensor2D {
  checkShape('usage', usage, ['batch', 'memorySize']);
  return tidy(() => {
    const before = rowsBefore(usage);
    const factors = add<Tensor3D>(mul(before, expandDims(usage, 2)), sub(1, before));
    return mul(sub(1, usage), product(factors));
  });
}
