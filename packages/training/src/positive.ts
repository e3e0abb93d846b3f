import { checkAbove, TapeheadError } from '@tapehead/core';

/** @throws TapeheadError `range` unless it is a number above 0 that float32 rounds neither to 0 nor to infinity */
export function checkPositive(name: string, value: number): void {
  checkAbove(name, value, 0);
  const single = Math.fround(value);
  if (single > 0 && Number.isFinite(single)) return;
  throw new TapeheadError('range', `${name}: expected a number above 0 that float32 can hold, got ${value}`);
}
