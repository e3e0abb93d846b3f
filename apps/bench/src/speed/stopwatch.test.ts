import { afterEach, expect, it, vi } from 'vitest';
import { timesOf, timingOf } from './stopwatch.js';

afterEach(() => vi.restoreAllMocks());

it('gives the median, also between two, the least and the most, to the microsecond', () => {
  expect(timingOf([3, 1, 10])).toEqual({ median: 3, min: 1, max: 10 });
  expect(timingOf([4, 1, 10, 2.00049])).toEqual({ median: 3, min: 1, max: 10 });
});

it('sorts as numbers, and leaves the times as they came', () => {
  const times = [10, 9, 100];
  expect(timingOf(times).median).toBe(10);
  expect(times).toEqual([10, 9, 100]);
});

it('runs until both the time and the least number of runs have passed', async () => {
  let clock = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => clock);
  const work = async () => {
    clock += 4;
  };
  expect(await timesOf(work, { seconds: 0, least: 4 })).toEqual([4, 4, 4, 4]);
  expect(await timesOf(work, { seconds: 0.01, least: 1 })).toEqual([4, 4, 4]);
  expect(await timesOf(work, { seconds: 0.01, least: 5 })).toHaveLength(5);
});
