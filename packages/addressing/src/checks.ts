import { checkShape, type Dimension, TapeheadError } from '@tapehead/core';
import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import type { HeadParameters } from './address.js';
import type { HeadScalars, HeadVectors } from './heads.js';

/** Throws unless `vectors` is `[batch, heads, size]` or, for a single head, `[batch, size]`. */
export function checkVectors(name: string, vectors: HeadVectors, size: Dimension, note = ''): void {
  checkShape(name, vectors, vectors.rank === 3 ? ['batch', 'heads', size] : ['batch', size], note);
}

/** Throws unless `scalars` holds one number for each head of `vectors`. */
export function checkScalars(name: string, scalars: HeadScalars, vectors: HeadVectors): void {
  const [batch, heads] = vectors.shape;
  if (vectors.rank === 3) checkShape(name, scalars, [batch, heads ?? 1], 'one number a head');
  else checkShape(name, scalars, scalars.rank === 1 ? [batch] : [batch, 1], 'one number a sequence');
}

/** Throws unless `shift` has, for each head of `weights`, an odd number of taps, at most one a row. */
export function checkTaps(shift: HeadVectors, weights: HeadVectors): void {
  const rows = weights.shape[weights.rank - 1] ?? 0;
  const taps = shift.shape[shift.rank - 1] ?? 0;
  checkShape('shift', shift, [...weights.shape.slice(0, -1), 'taps']);
  if (taps % 2 === 1 && taps <= rows) return;
  throw new TapeheadError(
    'shape',
    `shift: expected an odd number of taps, at most one for each of the ${rows} rows, got ${taps}`,
  );
}

/** Throws unless there is a key of the memory's batch and width for each `beta`. */
export function checkContent(key: HeadVectors, memory: Tensor3D, beta: HeadScalars): void {
  checkShape('memory', memory, ['batch', 'memorySize', 'memoryDim']);
  const [batch, , memoryDim] = memory.shape;
  checkVectors('key', key, memoryDim, `memoryDim ${memoryDim}`);
  checkShape('key', key, [batch, ...key.shape.slice(1)], `batch ${batch} of the memory`);
  checkScalars('beta', beta, key);
}

/** Throws what the four stages would throw. */
export function checkAddress(head: HeadParameters, memory: Tensor3D, previous: Tensor3D): void {
  checkContent(head.key, memory, head.beta);
  const [batch, heads] = head.key.shape;
  checkShape('previous', previous, [batch, heads, memory.shape[1]], 'the shape of content');
  checkScalars('gate', head.gate, previous);
  checkTaps(head.shift, previous);
  checkScalars('gamma', head.gamma, previous);
}

/** Throws unless `weights` holds, for each sequence of `[batch, N]`, weightings of its N rows: `[batch, heads, N]` or `[batch, N]`. */
export function checkRows(
  name: string,
  weights: HeadVectors,
  { shape: [batch, memorySize] }: Tensor2D,
): void {
  const heads = weights.rank === 3 ? ['heads'] : [];
  checkShape(name, weights, [batch, ...heads, memorySize], `batch ${batch}, memorySize ${memorySize}`);
}
