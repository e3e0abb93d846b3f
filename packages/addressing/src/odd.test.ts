import {
  expectSameOdd,
  gradientsOf,
  gradientTolerance,
  oddNumbers,
  onEachBackend,
  withOddNumbers,
} from '@tapehead/testing';
import { randomUniform, tidy } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, test } from 'vitest';
import { registerFused } from './fused.js';
import { fused, randomPoints, reference, sizes } from './testing/points.js';

/** Not 1e-25 among the taps: the slope of log w̃ is then 10²⁵, and what is left of sums that cancel is rounding. */
const place = fc
  .record({ input: fc.nat(6), at: fc.nat(1000), number: fc.nat(13) })
  .filter(({ input, number }) => input !== 3 || oddNumbers[number] !== 1e-25);
const places = fc.array(place, { minLength: 1, maxLength: 3 });

onEachBackend('odd numbers at any place of address', () => {
  beforeAll(registerFused);

  test('NaN where the stages give NaN, and their numbers where they are finite, in value and gradients', () => {
    fc.assert(
      fc.property(sizes, places, (given, odd) => {
        tidy(() => {
          const points = withOddNumbers(randomPoints(given), odd);
          const along = randomUniform([given.batch, given.heads, given.rows], -1, 1, 'float32', given.seed);
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
});
