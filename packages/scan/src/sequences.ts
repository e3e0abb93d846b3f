import { TapeheadError } from '@tapehead/core';
import type { Flat } from './nest.js';

/** How many sequences there are, and of how many steps. */
export interface Size {
  readonly batch: number;
  readonly time: number;
}

/**
 * The size of x, whose tensors are `[batch, time, …]`.
 *
 * @throws TapeheadError `argument` without any tensor, `shape` where they differ or an axis is empty
 */
export function sizeOf({ leaves, paths }: Flat): Size {
  const [first] = leaves;
  if (first === undefined) {
    throw new TapeheadError('argument', 'x: expected at least one tensor [batch, time, …], got none');
  }
  const [batch = 0, time = 0] = first.shape;
  for (const [i, { shape }] of leaves.entries()) {
    if (shape.length < 2) throw wrongShape(paths[i], '[batch, time, …]', shape);
    checkNotEmpty(paths[i], shape);
    if (shape[0] !== batch || shape[1] !== time) {
      throw wrongShape(paths[i], `[${batch}, ${time}, …], as ${paths[0]} has it`, shape);
    }
  }
  return { batch, time };
}

/** @throws TapeheadError `shape` unless each tensor of the state is `[batch, …]` */
export function checkState({ leaves, paths }: Flat, batch: number): void {
  for (const [i, { shape }] of leaves.entries()) {
    if (shape[0] !== batch) throw wrongShape(paths[i], `[${batch}, …] (batch ${batch}, as x has it)`, shape);
    checkNotEmpty(paths[i], shape);
  }
}

function checkNotEmpty(path: string | undefined, shape: readonly number[]): void {
  if (shape.includes(0)) throw wrongShape(path, 'without an axis of 0', shape);
}

function wrongShape(path: string | undefined, wanted: string, got: readonly number[]): TapeheadError {
  return new TapeheadError('shape', `${path}: expected shape ${wanted}, got [${got.join(', ')}]`);
}
