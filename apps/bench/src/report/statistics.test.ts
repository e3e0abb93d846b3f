import { describe, expect, it } from 'vitest';
import type { Point } from '../reproduce/format.js';
import { bandOf, costAt, lastCost, spreadOf, windowFor, windowMeans } from './statistics.js';

const curve = (...bits: number[]): Point[] =>
  bits.map((each, i) => ({ sequences: 100 * (i + 1), cost: each, seconds: 0 }));

describe('a spread', () => {
  it('has the middle of an odd number, and between the two middle ones of an even', () => {
    expect(spreadOf([5, 1, 3])).toEqual({ median: 3, least: 1, most: 5, runs: 3 });
    expect(spreadOf([4, 1, 3, 9])).toMatchObject({ median: 3.5 });
  });

  it('of nothing is nothing', () => {
    expect(spreadOf([])).toBeUndefined();
  });
});

describe('windows', () => {
  it('are means of whole windows; a rest is left out', () => {
    expect(windowMeans(curve(1, 3, 5, 7, 100), 200)).toEqual([2, 6]);
  });

  it('are about a hundred, of hundreds of sequences', () => {
    expect([3_000, 20_000, 100_000, 1_000_000].map(windowFor)).toEqual([100, 200, 1_000, 10_000]);
  });

  it('of runs that went differently far have the spread of those that were there', () => {
    expect(bandOf([curve(1, 1), curve(3, 5, 7)], 100)).toEqual([
      { sequences: 100, median: 2, least: 1, most: 3, runs: 2 },
      { sequences: 200, median: 3, least: 1, most: 5, runs: 2 },
      { sequences: 300, median: 7, least: 7, most: 7, runs: 1 },
    ]);
  });
});

describe('the cost at a moment', () => {
  const long = curve(...Array.from({ length: 30 }, (_, i) => i));

  it('is the mean of the thousand sequences before it', () => {
    expect(costAt(long, 2000)).toBe((10 + 19) / 2);
    expect(lastCost(long)).toBe((20 + 29) / 2);
  });

  it('is not told where the run did not go so far', () => {
    expect(costAt(long, 3000)).toBe(24.5);
    expect(costAt(long, 3100)).toBeUndefined();
    expect(costAt([], 100)).toBeUndefined();
  });
});
