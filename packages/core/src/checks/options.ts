import { Tensor } from '@tensorflow/tfjs-core';
import { closestMatch } from 'leven';
import { TapeheadError } from '../errors.js';
import { printable, textOf } from './text.js';

/** @throws TapeheadError `argument` unless `value` is one of `allowed` */
export function checkOneOf<T extends string>(name: string, value: T, allowed: readonly T[]): void {
  if (allowed.includes(value)) return;
  const list = allowed.map((each) => `'${each}'`).join(', ');
  throw new TapeheadError('argument', `${name}: expected one of ${list}, got ${textOf(value)}`);
}

/**
 * Refuses options that a function does not have, so that a slip of the keyboard is not a default.
 *
 * @param where the function, or the option that holds these options
 * @param known all names that `options` may have
 * @throws TapeheadError `argument`: `NTM.build: unknown option 'memorysize', did you mean 'memorySize'?`
 */
export function checkOptions(where: string, options: object, known: readonly string[]): void {
  checkObject(where, options, 'an object of options');
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new TapeheadError(
    'argument',
    `${where}: unknown option '${printable(unknown, 60)}'${suggestion(unknown, known)}`,
  );
}

/**
 * Refuses what has no fields to read, and tensors.
 *
 * @param wanted what is expected, such as `{ h, c }`
 * @throws TapeheadError `argument`: `cell: expected { h, c }, got null`
 */
export function checkObject(name: string, given: object, wanted: string): void {
  const isObject = typeof given === 'object' && given !== null;
  if (isObject && !Array.isArray(given) && !(given instanceof Tensor)) return;
  throw new TapeheadError('argument', `${name}: expected ${wanted}, got ${textOf(given)}`);
}

/** @throws TapeheadError `argument` unless it can be called */
export function checkFunction(name: string, given: unknown): void {
  if (typeof given === 'function') return;
  throw new TapeheadError('argument', `${name}: expected a function, got ${textOf(given)}`);
}

/** The most characters of a list of names in a message. */
const LONGEST_LIST = 250;

/** `, did you mean 'x'?`, or the list where nothing is near: of a long one the first, and how many more there are. */
export function suggestion(given: string, known: readonly string[]): string {
  const near = closestMatch(given.slice(0, 60), known, { maxDistance: Math.max(2, given.length / 3) });
  if (near !== undefined) return `, did you mean '${near}'?`;
  return known.length === 0 ? '' : `; expected one of ${listOf(known)}`;
}

function listOf(known: readonly string[]): string {
  const names = known.map((name) => `'${name}'`);
  let shown = names.length;
  while (shown > 1 && names.slice(0, shown).join(', ').length > LONGEST_LIST) shown--;
  const more = names.length - shown;
  return names.slice(0, shown).join(', ') + (more === 0 ? '' : ` and ${more} more`);
}
