import { onEachBackend } from '@tapehead/testing';
import { type Scalar, sum, tensor2d, tidy, variable, variableGrads } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { circularShift } from './index.js';

const oneHot = (hot: number, size: number): number[] =>
  Array.from({ length: size }, (_, i) => (i === hot ? 1 : 0));

onEachBackend('circular shift', () => {
  test('by +1 moves the focus from row i to row i + 1 and wraps around the end', () => {
    for (let row = 0; row < 6; row++) {
      const moved = tidy(() => circularShift(tensor2d([oneHot(row, 6)]), tensor2d([[0, 0, 1]])).arraySync());
      expect(moved).toEqual([oneHot((row + 1) % 6, 6)]);
    }
  });

  test('by −1 moves it back and wraps around the start', () => {
    const moved = tidy(() => circularShift(tensor2d([oneHot(0, 6)]), tensor2d([[1, 0, 0]])).arraySync());
    expect(moved).toEqual([oneHot(5, 6)]);
  });

  test.each([1, 3, 5, 7])('tap k of %i moves the focus by k − (S − 1) / 2', (taps) => {
    for (let k = 0; k < taps; k++) {
      const moved = tidy(() =>
        circularShift(tensor2d([oneHot(2, 7)]), tensor2d([oneHot(k, taps)])).arraySync(),
      );
      expect(moved).toEqual([oneHot((2 + k - (taps - 1) / 2 + 7) % 7, 7)]);
    }
  });

  test.each([1, 3, 5])('passes a gradient to each of %i taps', (taps) => {
    tidy(() => {
      const shift = variable(tensor2d([Array(taps).fill(1 / taps)]));
      const { grads } = variableGrads(
        () => sum<Scalar>(circularShift(tensor2d([[1, 2, 3, 4, 5]]), shift)),
        [shift],
      );
      expect(Object.values(grads).map((each) => each.arraySync())).toEqual([[Array(taps).fill(15)]]);
      shift.dispose();
    });
  });

  test('by +1, N times, is the identity', () => {
    const rows = fc.array(fc.float({ min: 0, max: 1, noNaN: true }), { minLength: 3, maxLength: 9 });
    fc.assert(
      fc.property(rows, (row) => {
        tidy(() => {
          const start = tensor2d([row]);
          const end = row.reduce((weights) => circularShift(weights, tensor2d([[0, 0, 1]])), start);
          expect(end.arraySync()).toEqual(start.arraySync());
        });
      }),
      { seed: 7, numRuns: 20 },
    );
  });
});
