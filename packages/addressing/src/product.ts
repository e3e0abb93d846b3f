import {
  add,
  cumprod,
  customGrad,
  mul,
  pad,
  type Rank,
  reshape,
  slice,
  split,
  squeeze,
  type Tensor2D,
  type Tensor3D,
  tidy,
  zerosLike,
} from '@tensorflow/tfjs-core';

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

/**
 * `Π_{j < i} x(j)`, whose gradient is exact where a factor is 0: `dx(j) = Π_{k < j} x(k) · R(j)`, with R of
 * {@link laterSums}. tfjs's `cumprod` has none.
 *
 * @param factors `[batch, N]`
 * @returns `[batch, N]`; 1 at row 0
 */
export function productsBefore(factors: Tensor2D): Tensor2D {
  const op = customGrad<Tensor2D>((_, save) => {
    if (typeof save === 'function') save([factors]);
    return {
      value: cumprod(factors, 1, true),
      gradFunc: (slope, saved) =>
        tidy(() => {
          const x = reshape<Rank.R2>(saved[0] ?? factors, factors.shape);
          return mul(productsBefore(x), laterSums(x, slope));
        }),
    };
  });
  return op(factors);
}

/**
 * `R(j) = Σ_{i > j} h(i) Π_{j < k < i} x(k)`, which is `h(j + 1) + x(j + 1) R(j + 1)`, by doubling: each round makes sums
 * over twice as many i.
 */
function laterSums(x: Tensor2D, h: Tensor2D): Tensor2D {
  const rows = x.shape[1];
  let [sums, products] = [ahead(h, 1), ahead(x, 1)];
  for (let reach = 1; reach < rows - 1; reach *= 2) {
    sums = add(sums, mul(products, ahead(sums, reach)));
    products = mul(products, ahead(products, reach));
  }
  return sums;
}

/** `x(i + rows)`, and 0 behind the last. */
function ahead(x: Tensor2D, rows: number): Tensor2D {
  const [batch, count] = x.shape;
  if (count === 1) return zerosLike(x);
  const rest = slice(x, [0, rows], [batch, count - rows]);
  return pad(rest, [
    [0, 0],
    [0, rows],
  ]);
}
