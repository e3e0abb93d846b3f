import {
  expectSameOdd,
  gradientsOf,
  gradientTolerance,
  onEachBackend,
  withOddNumbers,
} from '@tapehead/testing';
import { randomUniform, tidy } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, test } from 'vitest';
import { registerFused } from './fused.js';
import { fused, randomPoints, reference, sizes } from './testing/points.js';

const place = fc.record({ input: fc.nat(5), at: fc.nat(1000), number: fc.nat(13) });
const places = fc.array(place, { minLength: 1, maxLength: 3 });

onEachBackend('odd numbers at any place of an LSTM step', () => {
  beforeAll(registerFused);

  test('NaN where the reference gives NaN, and its numbers where they are finite, in value and gradients', () => {
    fc.assert(
      fc.property(sizes, places, (given, odd) => {
        tidy(() => {
          const points = withOddNumbers(randomPoints(given), odd);
          const along = randomUniform([given.batch, 2 * given.units], -1, 1, 'float32', given.seed);
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
