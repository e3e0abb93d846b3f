import {
  cast,
  less,
  notEqual,
  type Rank,
  range,
  reshape,
  Tensor,
  type Tensor2D,
  util,
} from '@tensorflow/tfjs-core';
import { TapeheadError } from '../errors.js';
import { type Floats, floatsOf } from './floats.js';
import { checkShape } from './shape.js';

/** Which steps of which sequences are taken: at most one of the two. */
export interface StepsTaken {
  /** `[batch, time]`, 0 or false where a step is not taken. */
  readonly mask?: Floats | undefined;
  /** `[batch]`: how many steps of each sequence are taken, from the first on. */
  readonly lengths?: Floats | undefined;
}

/**
 * 1 where a step is taken, else 0: `[batch, time]`, float32; undefined without a mask and lengths. Call it in a tidy.
 *
 * @param where the function that takes the options, for messages
 * @param least the fewest steps of a sequence
 * @throws TapeheadError `argument` for both options or no numbers, `shape` for another shape, `range` for lengths in an
 * array that are no whole numbers from `least` to time
 */
export function stepsTaken(
  where: string,
  { mask, lengths }: StepsTaken,
  { batch, time }: { readonly batch: number; readonly time: number },
  least = 0,
): Tensor2D | undefined {
  if (mask !== undefined && lengths !== undefined) {
    throw new TapeheadError('argument', `${where}: expected a mask or lengths, got both`);
  }
  if (mask !== undefined) {
    const given = floatsOf('mask', mask);
    checkShape('mask', given, [batch, time], `batch ${batch}, time ${time}`);
    return cast(notEqual(reshape<Rank.R2>(given, [batch, time]), 0), 'float32');
  }
  if (lengths === undefined) return undefined;
  checkLengths(lengths, time, least);
  const given = floatsOf('lengths', lengths);
  checkShape('lengths', given, [batch], `batch ${batch}`);
  const steps = reshape<Rank.R2>(range(0, time), [1, time]);
  return cast(less<Tensor2D>(steps, reshape<Rank.R2>(given, [batch, 1])), 'float32');
}

/** Those in a tensor are not read: that would wait for a GPU. */
function checkLengths(lengths: Floats, time: number, least: number): void {
  if (lengths instanceof Tensor) return;
  if (!Array.isArray(lengths) && !util.isTypedArray(lengths)) return;
  for (const [i, length] of lengths.entries()) {
    // Strings and lists are refused with what is no numbers.
    if (typeof length !== 'number' && typeof length !== 'boolean') continue;
    if (Number.isInteger(length) && length >= least && length <= time) continue;
    throw new TapeheadError(
      'range',
      `lengths[${i}]: expected an integer from ${least} to ${time} (time ${time}), got ${length}`,
    );
  }
}
