import { mul, pad, split, squeeze, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';

/**
 * `Π_j x(j, i)`, by halves: the gradient of tfjs's `prod` wants chained ops, and logarithms want no zeros.
 *
 * @param factors `[batch, J, N]`, J ≥ 1
 * @returns `[batch, N]`
 */
export function product(factors: Tensor3D): Tensor2D {
  const count = factors.shape[1];
  if (count === 1) return squeeze<Tensor2D>(factors, [1]);
  const half = Math.ceil(count / 2);
  const [first, rest]: Tensor3D[] = split(factors, [half, count - half], 1);
  if (!first || !rest) throw new Error('a split into two gives two');
  const second =
    rest.shape[1] < half
      ? pad<Tensor3D>(
          rest,
          [
            [0, 0],
            [0, 1],
            [0, 0],
          ],
          1,
        )
      : rest;
  return product(mul(first, second));
}
