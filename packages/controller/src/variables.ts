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

/** The number of seeds of one net: its variables draw from them before the seeds of the next net begin. */
const STRIDE = 1000;
/** Odd, so that multiplying by it is one to one among the integers modulo 2⁵³. */
const [SPREAD, STEP] = [0x13c6ef372fe94fn, 0x0f1bbcdcbfa53bn];

/**
 * A stream of integers, the same for the same `seed`, and another for each seed; without one, different each time.
 * @param seed an integer from −(2⁵³ − 1) to 2⁵³ − 1
 * @throws TapeheadError `range` for any other seed
 */
export function seedStream(seed?: number): () => number {
  if (seed === undefined) return counting(Math.floor(Math.random() * 2 ** 31));
  checkInteger('seed', seed, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  const isSmall = Number.isSafeInteger((Math.abs(seed) + 1) * STRIDE);
  return isSmall ? counting(seed * STRIDE) : spread(seed);
}

function counting(first: number): () => number {
  let next = first;
  return () => next++;
}

/** For seeds that float64 cannot multiply: sign · ((|seed| · SPREAD + i · STEP) mod 2⁵³), no two the same for an i. */
function spread(seed: number): () => number {
  let next = BigInt(Math.abs(seed)) * SPREAD;
  return () => {
    const value = Math.sign(seed) * Number(BigInt.asUintN(53, next));
    next += STEP;
    return value;
  };
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
