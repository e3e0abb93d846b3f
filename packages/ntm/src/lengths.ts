import { type Floats, stepsTaken, TapeheadError, textOf } from '@tapehead/core';
import {
  cast,
  reshape,
  type Scalar,
  Tensor,
  type Tensor2D,
  type Tensor3D,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import type { Sequences } from './chunks.js';
import type { SequenceCost } from './gradients.js';

/** Which steps of a batch of sequences count, at most one of the two. What x holds elsewhere, NaN too, changes nothing. */
export interface LengthOptions {
  /**
   * The steps of each sequence, an array of integers from 1 to time: the others are padding at its end. Outputs and logits of
   * padding are 0, and the last state of a sequence is that of its last step.
   */
  readonly lengths?: ArrayLike<number> | undefined;
  /**
   * `[batch, time]`: 0 or false for steps that are left out, anywhere in a sequence. The state stays as it is there; outputs
   * and logits are 0.
   */
  readonly mask?: Floats | undefined;
}

export const lengthNames = ['lengths', 'mask'] as const;

/**
 * The sequences of a call, with zeros at padding. Call it in a tidy.
 *
 * @param where the function that takes the options, for messages
 * @throws TapeheadError `argument`, `shape` or `range`, naming `lengths` or `mask`
 */
export function sequencesOf(where: string, x: Tensor3D, { lengths, mask }: LengthOptions): Sequences {
  const [batch, time] = x.shape;
  if (lengths !== undefined && (lengths instanceof Tensor || typeof lengths !== 'object')) {
    throw new TapeheadError(
      'argument',
      `lengths: expected an array of ${batch} integers from 1 to ${time}, got ${textOf(lengths)}`,
    );
  }
  const taken = stepsTaken(where, { lengths, mask }, { batch, time }, 1);
  // Most batches have sequences of one length.
  const all = lengths !== undefined && Array.from(lengths).every((length) => length === time);
  return taken === undefined || all ? { x, mask: undefined } : { x: taking(taken, x), mask: taken };
}

/**
 * x at steps that are taken, and 0 at others.
 *
 * @param mask 1 where a step is taken: `[batch, time]`, or `[batch, 1]` of one step
 * @param x `[batch, time, …]`, or `[batch, width]` of one step
 */
export function taking<X extends Tensor>(mask: Tensor, x: X): X {
  const { shape } = x;
  const rows = reshape(cast(mask, 'bool'), [...mask.shape, ...shape.slice(mask.rank).map(() => 1)]);
  return where<X>(rows, x, zerosLike(x));
}

/** A cost of the logits of steps that are taken: it sees 0 at others, and has no slope there. */
export function takenCost(cost: SequenceCost, mask: Tensor2D | undefined): SequenceCost {
  if (mask === undefined) return cost;
  const taken = (logits: Tensor3D): Scalar => cost(taking(mask, logits));
  const { andSlope } = cost;
  if (andSlope === undefined) return taken;
  return Object.assign(taken, {
    andSlope: (logits: Tensor3D) => {
      const both = andSlope(taking(mask, logits));
      return { ...both, slope: taking(mask, both.slope) };
    },
  });
}
