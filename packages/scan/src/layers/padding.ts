import { TapeheadError, textOf } from '@tapehead/core';
import {
  cast,
  concat,
  equal,
  logicalAnd,
  max,
  maximum,
  mul,
  notEqual,
  type Rank,
  range,
  reshape,
  slice,
  sum,
  Tensor,
  type Tensor2D,
  type Tensor3D,
  where,
  zeros,
  zerosLike,
} from '@tensorflow/tfjs-core';

/**
 * 1 where a step is taken, else 0: `[batch, time]`, float32. Call it in a tidy.
 *
 * @param given `[batch, time]` or `[batch, time, 1]`; 0 or false where a step is not taken
 * @returns undefined where there is no mask
 * @throws TapeheadError `argument` for what is no tensor, `shape` for another shape
 */
export function layerMask(given: unknown, batch: number, time: number): Tensor2D | undefined {
  const [mask] = Array.isArray(given) ? given : [given];
  if (mask === undefined || mask === null) return undefined;
  if (!(mask instanceof Tensor)) {
    throw new TapeheadError('argument', `mask: expected a tensor [batch, time], got ${textOf(mask)}`);
  }
  const [rows, steps, one = 1, more] = mask.shape;
  if (rows !== batch || steps !== time || one !== 1 || more !== undefined) {
    throw new TapeheadError(
      'shape',
      `mask: expected shape [${batch}, ${time}], as x has it, got [${mask.shape.join(', ')}]`,
    );
  }
  return cast(notEqual(reshape<Rank.R2>(cast(mask, 'float32'), [batch, time]), 0), 'float32');
}

/**
 * At each step the output of the last step that was taken, and 0 before the first, as recurrent layers of Keras have it.
 *
 * @param outputs `[batch, time, width]`
 * @param mask `[batch, time]`, 1 where a step is taken
 */
export function repeatTaken(outputs: Tensor3D, mask: Tensor2D): Tensor3D {
  const [batch, time] = outputs.shape;
  // After k rounds each step knows the last of the 2ᵏ steps up to it.
  let filled = outputs;
  let known = reshape<Rank.R3>(mask, [batch, time, 1]);
  for (let steps = 1; steps < time; steps *= 2) {
    filled = where<Tensor3D>(cast(known, 'bool'), filled, delayed(filled, steps));
    known = maximum(known, delayed(known, steps));
  }
  return where(cast(known, 'bool'), filled, zerosLike(filled));
}

/** Each step some steps later, after zeros. */
function delayed(x: Tensor3D, steps: number): Tensor3D {
  const [batch, time, width] = x.shape;
  return concat(
    [zeros<Rank.R3>([batch, steps, width]), slice(x, [0, 0, 0], [batch, time - steps, width])],
    1,
  );
}

/**
 * The output of the last step that was taken, 0 where none was: `[batch, width]`.
 *
 * @param outputs `[batch, time, width]`
 * @param mask `[batch, time]`, 1 where a step is taken; all are where it is left out
 */
export function lastTaken(outputs: Tensor3D, mask?: Tensor2D): Tensor2D {
  const [batch, time, width] = outputs.shape;
  if (mask === undefined) {
    return reshape<Rank.R2>(slice(outputs, [0, time - 1, 0], [batch, 1, width]), [batch, width]);
  }
  const order = mul(mask, reshape(range(1, time + 1), [1, time]));
  const isLast = logicalAnd(cast(mask, 'bool'), equal(order, max(order, 1, true)));
  return sum(where(reshape(isLast, [batch, time, 1]), outputs, zerosLike(outputs)), 1);
}
