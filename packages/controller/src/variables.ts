import { checkFinite, checkInteger, checkRoom, checkTensor } from '@tapehead/core';
import { type Rank, randomUniform, type Tensor2D, variable } from '@tensorflow/tfjs-core';
import type { MakeVariable } from './types.js';

/** A tfjs variable, which is all that a net outside tf.layers needs. The name is for the caller's records. */
export const plainVariable: MakeVariable = (_name, initial) => {
  checkTensor('initial', initial);
  const made = variable(initial);
  initial.dispose();
  return made;
};

/**
 * A stream of seeds, the same for the same `seed`; without one, different each time.
 * @param seed an integer
 */
export function seedStream(seed?: number): () => number {
  let next = seed === undefined ? Math.floor(Math.random() * 2 ** 31) : seed * 1000;
  return () => next++;
}

/**
 * Glorot & Bengio 2010: uniform in `±√(6 / (rows + columns))`, `[rows, columns]`.
 *
 * @throws TapeheadError `range` for bad sizes, and for sizes that no memory holds
 */
export function glorotUniform(rows: number, columns: number, seed: number): Tensor2D {
  checkInteger('rows', rows);
  checkInteger('columns', columns);
  checkFinite('seed', seed);
  checkRoom(`glorotUniform of [${rows}, ${columns}]`, 4 * rows * columns, 'take fewer rows or columns');
  const reach = Math.sqrt(6 / (rows + columns));
  return randomUniform<Rank.R2>([rows, columns], -reach, reach, 'float32', seed);
}
