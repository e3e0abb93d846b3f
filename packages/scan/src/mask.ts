import {
  cast,
  logicalAnd,
  logicalNot,
  logicalOr,
  reshape,
  type Tensor,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import type { FlatStep } from './trace/record.js';

/**
 * x with zeros at steps that are not taken: numbers there, NaN too, then have no part in any gradient. Call it in a tidy.
 *
 * @param x `[batch, time, …]`
 * @param mask `[batch, time]`, 1 where a step is taken
 */
export function withoutPadding(x: Tensor, mask: Tensor): Tensor {
  return choose(cast(mask, 'bool'), x, zerosLike(x));
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

/** `[batch]` to `[batch, 1, …]`, and `[batch, time]` to `[batch, time, 1, …]`: of as many axes as the other has. */
function likeRows(rows: Tensor, { shape }: Tensor): Tensor {
  return reshape(rows, [...rows.shape, ...shape.slice(rows.rank).map(() => 1)]);
}
