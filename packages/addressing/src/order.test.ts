import { onEachBackend } from '@tapehead/testing';
import { tensor2d, tidy } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ranksOf, sorted, unsorted } from './order.js';

/** Float32 up to 1e31, subnormals and both zeros among them; a third of them drawn from few, so that many are equal. */
const value = fc.oneof(
  { weight: 2, arbitrary: fc.float({ min: Math.fround(-1e31), max: Math.fround(1e31), noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(0, -0, 2 ** -149, 2 ** -148, -(2 ** -149), 0.5, 1 - 2 ** -24, 1) },
);
const matrices = fc
  .record({ batch: fc.integer({ min: 1, max: 3 }), rows: fc.integer({ min: 1, max: 17 }) })
  .chain(({ batch, rows }) =>
    fc.array(fc.array(value, { minLength: rows, maxLength: rows }), { minLength: batch, maxLength: batch }),
  );

/** The rows from the least value to the greatest, equal ones by number. */
const orderOf = (row: number[]): number[] =>
  row.map((_, i) => i).sort((i, j) => (row[i] ?? 0) - (row[j] ?? 0) || i - j);

onEachBackend('the order of rows', () => {
  test('is that of a stable sort, whatever the values', () => {
    fc.assert(
      fc.property(matrices, (matrix) => {
        const ranks = tidy(() => ranksOf(tensor2d(matrix)).arraySync());
        const wanted = matrix.map((row) => row.map((_, i) => orderOf(row).indexOf(i)));
        expect(ranks).toEqual(wanted);
      }),
      { seed: 23, numRuns: 200 },
    );
  });

  test('sorts, and unsorts what was sorted, to the bit', () => {
    fc.assert(
      fc.property(matrices, (matrix) => {
        tidy(() => {
          const given = tensor2d(matrix);
          const ranks = ranksOf(given);
          const inOrder = sorted(given, ranks);
          expect(inOrder.arraySync().map((row) => row.map((each) => each + 0))).toEqual(
            matrix.map((row) => orderOf(row).map((i) => Math.fround(row[i] ?? 0) + 0)),
          );
          expect(Array.from(unsorted(inOrder, ranks).dataSync(), (each) => each + 0)).toEqual(
            matrix.flat().map((each) => Math.fround(each) + 0),
          );
        });
      }),
      { seed: 29, numRuns: 100 },
    );
  });

  test('of values above 1e31 is one of them all the same', () => {
    const ranks = tidy(() => ranksOf(tensor2d([[Infinity, 3e38, 1, -3e38, 2e35]])).arraySync());
    expect(ranks).toEqual([[2, 3, 1, 0, 4]]);
  });
});
