import { checkRoom } from '@tapehead/core';
import {
  add,
  cast,
  clipByValue,
  clone,
  customGrad,
  expandDims,
  matMul,
  mul,
  oneHot,
  range,
  squeeze,
  step,
  sub,
  sum,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';

/**
 * A value that steps where the order of `values` changes and is flat between: its slope is 0. The ops that make it stay
 * off the tape.
 */
export function ofOrder<T extends Tensor>(values: Tensor, compute: () => T): T {
  const op = customGrad<T>(() => ({ value: compute(), gradFunc: () => zeros(values.shape) }));
  return op(values);
}

/** Bytes per pair of rows: three tensors of numbers at a time. */
const PAIR_BYTES = 3 * 4;

/** Throws where there is no room to compare each of the N rows with each, for usages `[batch, N]`. */
export function checkPairs(where: string, { shape: [batch, rows] }: Tensor2D): void {
  const pairs = batch * rows * rows;
  checkRoom(
    `${where} of batch ${batch} and ${rows} rows, which compares each row with each`,
    PAIR_BYTES * (pairs + rows * rows),
    'take fewer of them',
    4 * pairs,
  );
}

/** Values are compared times 2²⁵, so that two different float32 differ by 2⁻¹²⁴ or more, and 2⁻¹²⁵ decides only ties. */
const SCALE = 2 ** 25;
const TIE = 2 ** -125;
const LARGEST = (2 - 2 ** -23) * 2 ** 127;

/**
 * The place of each row in the order from the least value to the greatest, equal ones by number: how many rows come
 * before it. NaN has none; values above 1e31 count as equal. Without a gradient, and by arithmetic alone: on the wasm
 * backend a broadcast comparison takes 50 times as long as a broadcast difference.
 *
 * @param values `[batch, N]`
 * @returns `[batch, N]`
 */
export function ranksOf(values: Tensor2D): Tensor2D {
  return ofOrder(values, () => {
    const scaled = clipByValue(mul(values, SCALE), -LARGEST, LARGEST);
    const numbers = range(0, values.shape[1]);
    const lower = step(sub(expandDims(numbers, 1), expandDims(numbers, 0)));
    // Above 0 at (i, j) where row j comes before row i.
    const ahead = add<Tensor3D>(sub(expandDims(scaled, 2), expandDims(scaled, 1)), mul(lower, TIE));
    return sum(step(ahead), 2);
  });
}

/**
 * `[batch, N]` in the order of the ranks: the number of row i goes to place `ranks(i)`; `unsorted` takes it back. Their
 * gradients go to the numbers, and none to the ranks.
 */
export function sorted(numbers: Tensor2D, ranks: Tensor2D): Tensor2D {
  return reordered(numbers, ranks, false);
}

/** The inverse of `sorted`: the number at place `ranks(i)` goes to row i. */
export function unsorted(numbers: Tensor2D, ranks: Tensor2D): Tensor2D {
  return reordered(numbers, ranks, true);
}

/** The product with a permutation, whose adjoint is its inverse. */
function reordered(numbers: Tensor2D, ranks: Tensor, back: boolean): Tensor2D {
  const op = customGrad<Tensor2D>((_, save) => {
    if (typeof save === 'function') save([ranks]);
    return {
      value: permuted(numbers, ranks, back),
      gradFunc: (slope, [kept = ranks]) => reordered(slope, kept, !back),
    };
  });
  return op(numbers);
}

function permuted(numbers: Tensor2D, ranks: Tensor, back: boolean): Tensor2D {
  const [, rows] = numbers.shape;
  if (rows === 1) return clone(numbers);
  return tidy(() => {
    // 1 at (i, k) where row i has place k. oneHot of tfjs's wasm backend gives integers alone.
    const places = cast<Tensor>(oneHot(cast(ranks, 'int32'), rows), 'float32');
    return squeeze(matMul(expandDims(numbers, 1), places, false, back), [1]);
  });
}
