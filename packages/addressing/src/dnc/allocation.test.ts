import { expectClose, onEachBackend } from '@tapehead/testing';
import { grad, mul, sum, type Tensor, tensor2d, tidy, variable, variableGrads } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { allocationWeighting } from '../dnc.js';
import { slowAllocation } from './transcription.js';

onEachBackend('the allocation of a DNC', () => {
  const allocate = (row: number[]) => tidy(() => Array.from(allocationWeighting(tensor2d([row])).dataSync()));
  const slopesOfLast = (row: number[]): number[] =>
    tidy(() => {
      const last = tensor2d([row.map((_, i) => (i === row.length - 1 ? 1 : 0))]);
      const usage = variable(tensor2d([row]));
      const { grads } = variableGrads(() => sum(mul(allocationWeighting(usage), last)), [usage]);
      usage.dispose();
      return Object.values(grads).flatMap((each) => Array.from(each.dataSync()));
    });

  test('gives the freest row most, and the others what is left of it', () => {
    // From the freest on: 1 − 0.25, then (1 − 0.5) · 0.25, then (1 − 0.75) · 0.25 · 0.5.
    expect(allocate([0.5, 0.25, 0.75])).toEqual([0.125, 0.75, 0.03125]);
  });

  test('gives all to a free row, and of free rows to the first', () => {
    expect(allocate([0.5, 0, 0.75])).toEqual([0, 1, 0]);
    expect(allocate([0, 0, 0])).toEqual([1, 0, 0]);
    expect(allocate([1, 1, 0])).toEqual([0, 0, 1]);
  });

  test('gives nothing where all is in use', () => {
    expect(allocate([1, 1, 1])).toEqual([0, 0, 0]);
  });

  test('has the exact slope where a usage is 0: what would be left for the last if it rose', () => {
    // a(2) = (1 − u(2)) u(0) u(1)
    expect(slopesOfLast([0, 0.25, 0.5])).toEqual([0.125, 0, 0]);
    expect(slopesOfLast([0, 0, 0.5])).toEqual([0, 0, 0]);
  });

  test('has a slope that is that of the values, not of their order', () => {
    // Alike, row 0 comes before row 1: a(1) = (1 − u(1)) u(0).
    expect(slopesOfLast([0.5, 0.5])).toEqual([0.5, -0.5]);
  });

  /** dL/du of `L = Σ c a`, by the products of all other rows, in float64. */
  const slowSlopes = (usage: number[], along: number[]): number[] => {
    const order = usage.map((_, i) => i).sort((i, j) => (usage[i] ?? 0) - (usage[j] ?? 0) || i - j);
    const u = order.map((i) => usage[i] ?? 0);
    const product = (numbers: number[]) => numbers.reduce((a, b) => a * b, 1);
    const slopes = u.map((_, j) =>
      u.reduce((total, left, i) => {
        const c = along[order[i] ?? 0] ?? 0;
        if (i < j) return total;
        if (i === j) return total - c * product(u.slice(0, i));
        return total + c * (1 - left) * product(u.slice(0, i).filter((_, k) => k !== j));
      }, 0),
    );
    return usage.map((_, i) => slopes[order.indexOf(i)] ?? 0);
  };

  test('equals the loops in value and gradient, with free, full and equal rows', () => {
    const one = fc.oneof(
      fc.constantFrom(0, 1e-38, 0.25, 0.9, 1 - 2 ** -24, 1),
      fc.float({ min: 0.5, max: 1, noNaN: true }),
    );
    const cases = fc
      .record({ batch: fc.integer({ min: 1, max: 3 }), rows: fc.integer({ min: 1, max: 40 }) })
      .chain(({ batch, rows }) => {
        const matrix = (each: fc.Arbitrary<number>) =>
          fc.array(fc.array(each, { minLength: rows, maxLength: rows }), {
            minLength: batch,
            maxLength: batch,
          });
        return fc.tuple(matrix(one.map(Math.fround)), matrix(fc.integer({ min: -3, max: 3 })));
      });
    fc.assert(
      fc.property(cases, ([usage, along]) => {
        tidy(() => {
          const given = tensor2d(usage);
          expectClose(allocationWeighting(given), usage.flatMap(slowAllocation), 1e-6);
          const slopes = grad((u: Tensor) => sum(mul(allocationWeighting(u), tensor2d(along))))(given);
          const wanted = usage.flatMap((row, b) => slowSlopes(row, along[b] ?? []));
          // Sums of up to 40 products of 40 factors, each rounded to 6e-8 of itself.
          expectClose(slopes, wanted, 1e-5);
        });
      }),
      { seed: 31, numRuns: 100 },
    );
  });

  test('gives NaN for each row of a sequence with a NaN, and numbers for the others', () => {
    const given = tensor2d([
      [0.5, Number.NaN, 0, 1],
      [0.5, 0.25, 1, 1],
    ]);
    const rows = tidy(() => allocationWeighting(given).arraySync());
    expect(rows[0]?.every(Number.isNaN)).toBe(true);
    expect(rows[1]).toEqual([0.125, 0.75, 0, 0]);
    given.dispose();
  });

  test('has second-order gradients, of the values and not of their order', () => {
    tidy(() => {
      const cost = (u: Tensor) => sum(mul(allocationWeighting(u), tensor2d([[0, 0, 1]])));
      const slope = (u: Tensor) => sum(mul(grad(cost)(u), tensor2d([[1, 0, 0]])));
      // a(2) = (1 − u(2)) u(0) u(1), so that d/du(0) = (1 − u(2)) u(1)
      expectClose(grad(slope)(tensor2d([[0.25, 0.5, 0.75]])), [0, 0.25, -0.5], 1e-6);
    });
  });
});
