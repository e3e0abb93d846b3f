import { TapeheadError, textOf } from '@tapehead/core';
import { cast, reshape, Tensor, where } from '@tensorflow/tfjs-core';

/**
 * The next state of sequences that take a step, and the state before of others. Call it in a tidy.
 *
 * @param taken `[batch]` or `[batch, 1]`, 1 for sequences that take the step
 * @param next tensors `[batch, …]` in any nesting of arrays and plain objects
 * @param before of the same structure
 * @throws TapeheadError `argument` and `shape` for a state of a custom controller that is something else, naming it
 */
export function keepUnlessTaken<State>(taken: Tensor, next: State, before: State): State;
export function keepUnlessTaken(taken: Tensor, next: unknown, before: unknown): unknown {
  return chosen('state', reshape(cast(taken, 'bool'), [-1]), next, before);
}

function chosen(name: string, taken: Tensor, next: unknown, before: unknown): unknown {
  if (next instanceof Tensor && before instanceof Tensor) return rowsOf(name, taken, next, before);
  if (Array.isArray(next)) {
    return next.map((each, i) => chosen(`${name}[${i}]`, taken, each, partOf(before, i)));
  }
  if (typeof next === 'object' && next !== null && !(next instanceof Tensor)) {
    const parts = Object.entries(next);
    return Object.fromEntries(
      parts.map(([key, each]) => [key, chosen(`${name}.${key}`, taken, each, partOf(before, key))]),
    );
  }
  throw new TapeheadError(
    'argument',
    `${name}: expected a tensor before and after the step, because lengths or a mask keep states, ` +
      `got ${textOf(before)} and ${textOf(next)}`,
  );
}

function partOf(nest: unknown, key: string | number): unknown {
  return typeof nest === 'object' && nest !== null ? Reflect.get(nest, key) : undefined;
}

function rowsOf(name: string, taken: Tensor, next: Tensor, before: Tensor): Tensor {
  const { shape, dtype } = next;
  if (`${shape}` !== `${before.shape}` || shape[0] !== taken.size) {
    throw new TapeheadError(
      'shape',
      `${name}: expected shape [${taken.size}, …] before and after the step, because lengths or a mask keep states, ` +
        `got [${before.shape.join(', ')}] and [${shape.join(', ')}]`,
    );
  }
  const rows = reshape(taken, [taken.size, ...shape.slice(1).map(() => 1)]);
  if (dtype !== 'bool') return where(rows, next, before);
  // tfjs's wasm backend reads the wrong bytes of truth values there.
  return cast(where(rows, cast(next, 'int32'), cast(before, 'int32')), 'bool');
}
