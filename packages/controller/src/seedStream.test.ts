import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seedStream } from './variables.js';

const draw = (seed: number, count: number) => {
  const next = seedStream(seed);
  return Array.from({ length: count }, next);
};

test('small seeds count on from a thousand times the seed, which published results depend on', () => {
  for (const seed of [0, 1, 7, -1, 2 ** 31 - 1, 2 ** 40]) {
    expect(draw(seed, 3)).toEqual([1000 * seed, 1000 * seed + 1, 1000 * seed + 2]);
  }
});

test('every safe integer has a stream of its own, of safe integers', () => {
  const seed = fc.oneof(
    fc.maxSafeInteger(),
    fc.integer({ min: -5, max: 5 }),
    fc.integer({ min: 2 ** 53 - 20, max: 2 ** 53 - 1 }),
  );
  fc.assert(
    fc.property(seed, seed, (one, other) => {
      fc.pre(one !== other);
      const [first, second] = [draw(one, 60), draw(other, 60)];
      const all = [...first, ...second];
      for (const value of all) expect(value).toSatisfy(Number.isSafeInteger);
      expect(new Set(all).size).toBe(120);
      expect(draw(one, 60)).toEqual(first);
    }),
    { numRuns: 500 },
  );
});

test('the largest seeds no longer lose their last digits', () => {
  expect(new Set(draw(2 ** 53 - 1, 100)).size).toBe(100);
  expect(draw(2 ** 53 - 1, 1)).not.toEqual(draw(2 ** 53 - 2, 1));
});

test('what is no integer is refused', () => {
  for (const seed of [Number.NaN, 0.5, 2 ** 53, Number.POSITIVE_INFINITY]) {
    expect(() => seedStream(seed)).toThrow(
      'seed: expected an integer from -9007199254740991 to 9007199254740991',
    );
  }
});
