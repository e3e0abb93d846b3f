import { isTapeheadError } from '@tapehead/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRandom, restoreRandom } from './random.js';

// The same cases on every machine.
fc.configureGlobal({ seed: 13 });

/** Anything that a caller may hand over by mistake. */
const odd = fc.oneof(
  fc.anything(),
  fc.constantFrom(
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    -0,
    0.5,
    2 ** 53,
    -(2 ** 53),
  ),
  fc.integer(),
);

/** A value of another type, as plain JavaScript can pass it. */
function call<T>(work: (...given: never[]) => T, ...given: unknown[]): T {
  return Reflect.apply(work, undefined, given);
}

/** What it gives, or undefined where it refuses by a TapeheadError. */
function given<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (isTapeheadError(error)) return undefined;
    throw error;
  }
}

test('integer is within its ends or refuses them, and never loops forever', () => {
  const random = createRandom(1);
  fc.assert(
    fc.property(odd, odd, (low, high) => {
      const value = given(() => call(random.integer, low, high));
      if (value === undefined) return;
      expect(value).toSatisfy(Number.isSafeInteger);
      expect(value).toBeGreaterThanOrEqual(Number(low));
      expect(value).toBeLessThanOrEqual(Number(high));
    }),
    { numRuns: 2000 },
  );
});

test('integer takes every range of safe integers that holds at most 2⁵³ of them', () => {
  const random = createRandom(2);
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.maxSafeNat(), (low, span) => {
      fc.pre(low + span <= Number.MAX_SAFE_INTEGER);
      const value = random.integer(low, low + span);
      expect(value >= low && value <= low + span).toBe(true);
    }),
  );
});

test('integer says which end is wrong', () => {
  const random = createRandom(1);
  expect(() => random.integer(Number.NaN, 3)).toThrow(
    'low: expected an integer of at least -9007199254740991, got NaN',
  );
  expect(() => random.integer(1, Number.NaN)).toThrow(
    'high: expected an integer from 1 to 9007199254740991, got NaN',
  );
  expect(() => random.integer(5, 1)).toThrow('high: expected an integer from 5 to 9007199254740991, got 1');
  expect(() => random.integer(-5, 2 ** 53 - 1)).toThrow(
    'high: expected an integer from -5 to 9007199254740986',
  );
});

test('a bit is 0 or 1, of a probability or refused', () => {
  const random = createRandom(1);
  fc.assert(
    fc.property(odd, (one) => {
      const bit = given(() => call(random.bit, one));
      if (bit !== undefined) expect([0, 1]).toContain(bit);
    }),
  );
  expect(() => random.bit(Number.NaN)).toThrow('one: expected a number from 0 to 1, got NaN');
  expect(() => random.bit(1.01)).toThrow('one: expected a number from 0 to 1, got 1.01');
});

test('a seed or a state is taken or refused, whatever comes', () => {
  fc.assert(
    fc.property(odd, (seed) => {
      given(() => call(createRandom, seed).uniform());
      given(() => call(restoreRandom, seed).uniform());
      given(() => call(restoreRandom, [seed, 1, 2, 3]).uniform());
    }),
    { numRuns: 500 },
  );
});
