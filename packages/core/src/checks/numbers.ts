import { TapeheadError } from '../errors.js';
import { textOf } from './text.js';

/** @throws TapeheadError `range` unless `value` is an integer from `least` to `most` */
export function checkInteger(name: string, value: number, least = 1, most = Number.POSITIVE_INFINITY): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  const limits = most === Number.POSITIVE_INFINITY ? `of at least ${least}` : `from ${least} to ${most}`;
  throw new TapeheadError('range', `${name}: expected an integer ${limits}, got ${textOf(value)}`);
}

/** @throws TapeheadError `range` unless `value` is a finite number with `low < value` */
export function checkAbove(name: string, value: number, low: number): void {
  if (Number.isFinite(value) && value > low) return;
  throw new TapeheadError('range', `${name}: expected a finite number above ${low}, got ${textOf(value)}`);
}

/** @throws TapeheadError `range` unless `value` is a number from `low` to `high` */
export function checkWithin(name: string, value: number, low: number, high: number): void {
  if (typeof value === 'number' && value >= low && value <= high) return;
  throw new TapeheadError('range', `${name}: expected a number from ${low} to ${high}, got ${textOf(value)}`);
}

/** @throws TapeheadError `range` unless `value` is a number in [0, 1) */
export function checkFraction(name: string, value: number): void {
  if (typeof value === 'number' && value >= 0 && value < 1) return;
  throw new TapeheadError('range', `${name}: expected a number in [0, 1), got ${textOf(value)}`);
}

/** @throws TapeheadError `range` unless `value` is a finite number */
export function checkFinite(name: string, value: number): void {
  if (Number.isFinite(value)) return;
  throw new TapeheadError('range', `${name}: expected a finite number, got ${textOf(value)}`);
}
