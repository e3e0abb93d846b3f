import type { Tensor } from '@tensorflow/tfjs-core';
import { TapeheadError } from '../errors.js';

/** A dimension: a number is wanted as it is; a name (`'batch'`) takes any size. */
export type Dimension = number | string;

/**
 * Throws unless `tensor.shape` fits `shape`. A name that occurs twice must have the same size twice.
 * @param note what the numbers mean, such as `memoryDim 20`
 * @throws TapeheadError `shape`: `key: expected shape [batch, 20] (memoryDim 20), got [4, 16]`
 */
export function checkShape(
  name: string,
  tensor: Pick<Tensor, 'shape'>,
  shape: readonly Dimension[],
  note = '',
): void {
  const fits =
    tensor.shape.length === shape.length &&
    shape.every((wanted, axis) => {
      const size = tensor.shape[axis];
      return typeof wanted === 'number' ? size === wanted : size === tensor.shape[shape.indexOf(wanted)];
    });
  if (fits) return;
  const meaning = note === '' ? '' : ` (${note})`;
  throw new TapeheadError(
    'shape',
    `${name}: expected shape [${shape.join(', ')}]${meaning}, got [${tensor.shape.join(', ')}]`,
  );
}
