import { onEachBackend } from '@tapehead/testing';
import { mul, sum, tensor2d, tidy, variable, variableGrads } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { allocationWeighting } from '../dnc.js';

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
});
