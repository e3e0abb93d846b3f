import { checkShape, type Dimension, TapeheadError } from '@tapehead/check';
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
