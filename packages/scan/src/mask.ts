import { checkShape, type Floats, floatsOf, TapeheadError } from '@tapehead/core';
import {
  cast,
  less,
  logicalAnd,
  logicalNot,
  logicalOr,
  notEqual,
  type Rank,
  range,
  reshape,
  type Tensor,
  type Tensor2D,
  util,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import type { Size } from './sequences.js';
import type { FlatStep } from './trace/record.js';

/** Which steps of which sequences are taken: at most one of the two. */
export interface MaskOptions {
  /** `[batch, time]`, 0 or false where a step is not taken. */
  readonly mask?: Floats | undefined;
  /** `[batch]`: how many steps of each sequence are taken, from the first on. */
  readonly lengths?: Floats | undefined;
}

/**
 * 1 where a step is taken, else 0: `[batch, time]`, float32; undefined where all are. Call it in a tidy.
 *
 * @throws TapeheadError `argument` for both options or no numbers, `shape` for another shape, `range` for lengths in an
 * array that are no whole numbers from 0 to time
 */
export function maskOf({ mask, lengths }: MaskOptions, { batch, time }: Size): Tensor | undefined {
  if (mask !== undefined && lengths !== undefined) {
    throw new TapeheadError('argument', 'scan: expected a mask or lengths, got both');
  }
  if (mask !== undefined) {
    const given = floatsOf('mask', mask);
    checkShape('mask', given, [batch, time], `batch ${batch}, time ${time}`);
    return cast(notEqual(given, 0), 'float32');
  }
  if (lengths === undefined) return undefined;
  checkLengths(lengths, time);
  const given = floatsOf('lengths', lengths);
  checkShape('lengths', given, [batch], `batch ${batch}`);
  const steps = reshape<Rank.R2>(range(0, time), [1, time]);
  return cast(less<Tensor2D>(steps, reshape<Rank.R2>(given, [batch, 1])), 'float32');
}

/** Those in a tensor are not read: that would wait for a GPU. */
function checkLengths(lengths: Floats, time: number): void {
  if (!Array.isArray(lengths) && !util.isTypedArray(lengths)) return;
  for (const [i, length] of lengths.entries()) {
    // Strings and lists are refused with what is no numbers.
    if (typeof length !== 'number' && typeof length !== 'boolean') continue;
    if (Number.isInteger(length) && length >= 0 && length <= time) continue;
    throw new TapeheadError(
      'range',
      `lengths[${i}]: expected an integer from 0 to ${time} (time ${time}), got ${length}`,
    );
  }
}

/** The step with a mask as its last part of x: where that is 0, the state stays and the output is 0. */
export function masked(step: FlatStep): FlatStep {
  return (parts, state) => {
    const [mask, x] = [parts.at(-1), parts.slice(0, -1)];
    if (mask === undefined) throw new Error('the mask is part of x');
    const stepped = step(x, state);
    const taken = cast(mask, 'bool');
    return {
      outputs: stepped.outputs.map((output) => choose(taken, output, zerosLike(output))),
      state: stepped.state.map((next, i) => choose(taken, next, state[i] ?? next)),
    };
  };
}

/** By logic where they are truth values: tfjs's wasm backend reads the wrong bytes of those in `where`. */
function choose(taken: Tensor, yes: Tensor, no: Tensor): Tensor {
  const rows = likeRows(taken, yes);
  if (yes.dtype !== 'bool') return where(rows, yes, no);
  return logicalOr(logicalAnd(rows, yes), logicalAnd(logicalNot(rows), no));
}

/** `[batch]` to `[batch, 1, …]`, of as many axes as the other has. */
function likeRows(rows: Tensor, { shape: [batch = 0, ...others] }: Tensor): Tensor {
  return reshape(rows, [batch, ...others.map(() => 1)]);
}
