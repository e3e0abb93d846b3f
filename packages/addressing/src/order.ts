import { checkRoom } from '@tapehead/core';
import {
  customGrad,
  equal,
  expandDims,
  less,
  logicalAnd,
  logicalOr,
  range,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  where,
  zeros,
} from '@tensorflow/tfjs-core';

/**
 * A value that steps where the order of `values` changes and is flat between: its slope is 0. The comparisons that make
 * it have no gradient in tfjs, and stay off its tape.
 */
export function ofOrder<T extends Tensor>(values: Tensor, compute: () => T): T {
  const op = customGrad<T>(() => ({ value: compute(), gradFunc: () => zeros(values.shape) }));
  return op(values);
}

/** Bytes per pair of rows: four tensors of booleans, and six of numbers. */
const PAIR_BYTES = 4 * 1 + 6 * 4;

/** Throws where there is no room to compare each of the N rows with each, for usages `[batch, N]`. */
export function checkPairs(where: string, { shape: [batch, rows] }: Tensor2D): void {
  const pairs = batch * rows * rows;
  checkRoom(
    `${where} of batch ${batch} and ${rows} rows, which compares each row with each`,
    PAIR_BYTES * pairs,
    'take fewer of them',
    4 * pairs,
  );
}

/**
 * Which rows come before which from the least value to the greatest, equal ones by number; without a gradient.
 *
 * @param values `[batch, N]`
 * @returns `[batch, N, N]`: 1 at (j, i) where row j comes before row i, else 0
 */
export function rowsBefore(values: Tensor2D): Tensor3D {
  return ofOrder(values, () => {
    const numbers = range(0, values.shape[1]);
    const [first, second] = [expandDims(values, 2), expandDims(values, 1)];
    const lower = less(expandDims(numbers, 1), expandDims(numbers, 0));
    const comes = logicalOr<Tensor3D>(less(first, second), logicalAnd(equal(first, second), lower));
    return oneWhere(comes);
  });
}

/** 1 where true, else 0, in float32: on webgpu a cast of booleans is none for every op that follows. */
export function oneWhere<T extends Tensor>(condition: T): T {
  return where<T>(condition, 1, 0);
}
