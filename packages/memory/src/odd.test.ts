import {
  expectSameOdd,
  gradientsOf,
  gradientTolerance,
  onEachBackend,
  withOddNumbers,
} from '@tapehead/testing';
import { fill, ones, type Rank, tidy } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { registerFused } from './fused.js';
import { write } from './index.js';
import { fused, random, randomPoints, reference, sizes } from './testing/points.js';

const place = fc.record({ input: fc.nat(3), at: fc.nat(1000), number: fc.nat(13) });
const places = fc.array(place, { minLength: 1, maxLength: 3 });

onEachBackend('odd numbers at any place of write', () => {
  beforeAll(registerFused);

  test('NaN where the reference gives NaN, and its numbers where they are finite, in value and gradients', () => {
    fc.assert(
      fc.property(sizes, places, (given, odd) => {
        tidy(() => {
          const points = withOddNumbers(randomPoints(given), odd);
          const along = random([given.batch, given.rows, given.width], -1, given.seed + 4);
          const message = JSON.stringify({ given, odd });
          expectSameOdd(fused(points), reference(points), gradientTolerance, message);
          const wanted = gradientsOf(reference, points, along);
          for (const [i, gradient] of gradientsOf(fused, points, along).entries()) {
            expectSameOdd(gradient, wanted[i] ?? gradient, gradientTolerance, `d/d ${i} ${message}`);
          }
        });
      }),
      { seed: 5, numRuns: 200 },
    );
  }, 60_000);

  test('what is added to a row that is wholly erased is not lost beside what was there', () => {
    tidy(() => {
      const [shape, one] = [[1, 1, 3] as const, ones<Rank.R3>([1, 1, 3])];
      const add = random([...shape], -1, 1);
      const memory = fill<Rank.R3>([...shape], 1e25);
      const written = write(memory, ones<Rank.R3>([1, 1, 1]), one, add, { engine: 'fused' });
      expect(written.dataSync()).toEqual(add.dataSync());
    });
  });
});
