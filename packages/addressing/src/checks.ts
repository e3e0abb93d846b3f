import { checkObject, type Floats, floatsOfShape, printable, TapeheadError } from '@tapehead/core';
import type { Tensor, Tensor3D } from '@tensorflow/tfjs-core';
import { withHeads } from './heads.js';

/** The memory, `[batch, N, M]`. */
export function memoryOf(given: Floats): Tensor3D {
  return withHeads(floatsOfShape('memory', given, ['batch', 'memorySize', 'memoryDim']));
}

/** A key per head, `[batch, heads, M]` or `[batch, M]`, of the batch and the width of the memory. */
export function keyOf(given: Floats, { shape: [batch, , memoryDim] }: Tensor3D): Tensor {
  return floatsOfShape('key', given, [batch, 'heads', memoryDim], `batch ${batch}, memoryDim ${memoryDim}`);
}

/** Per head of `weights` an odd number of taps, at most one for each row. */
export function tapsOf(given: Floats, weights: Tensor): Tensor {
  const shift = floatsOfShape('shift', given, [...weights.shape.slice(0, -1), 'taps']);
  const [rows = 0, taps = 0] = [weights, shift].map(({ shape }) => shape.at(-1));
  if (taps % 2 === 1 && taps <= rows) return shift;
  throw new TapeheadError(
    'shape',
    `shift: expected an odd number of taps, at most one for each of the ${rows} rows, got ${taps}`,
  );
}

/**
 * Refuses other options than these few, without a search for the nearest name, which weighs as much as a stage.
 *
 * @param where the function
 * @throws TapeheadError `argument`: `sharpen: unknown option 'eps', expected 'epsilon'`
 */
export function checkFew(where: string, options: object, known: readonly string[]): void {
  checkObject(where, options, 'an object of options');
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const wanted = known.map((name) => `'${name}'`).join(' or ');
  throw new TapeheadError(
    'argument',
    `${where}: unknown option '${printable(unknown, 60)}', expected ${wanted}`,
  );
}
