import { expect, test } from 'vitest';
import { axisOf } from '../axis.js';
import { scoredBits } from '../episode.js';
import { createRandom } from '../random.js';
import { rows, zeroRows } from '../testing/rows.js';
import { prioritySort } from './prioritySort.js';

test('vectors with a priority each, a delimiter, then silence while the highest are wanted, highest first', () => {
  for (const seed of [1, 2, 3, 4]) {
    const episode = prioritySort({ width: 5, vectors: 4, highest: 3 }).episode(createRandom(seed));
    const [input, target] = [rows(episode.input, 7), rows(episode.target, 5)];
    const came = input.slice(0, 4).map((row) => ({ vector: row.slice(0, 5), priority: row[5] ?? 0 }));
    expect(input.slice(4)).toEqual([[0, 0, 0, 0, 0, 0, 1], ...zeroRows(3, 7)]);
    expect(input.slice(0, 4).map((row) => row[6])).toEqual([0, 0, 0, 0]);
    const sorted = [...came].sort((a, b) => b.priority - a.priority).map(({ vector }) => vector);
    expect(target).toEqual([...zeroRows(5, 5), ...sorted.slice(0, 3)]);
    expect(Array.from(episode.mask)).toEqual([0, 0, 0, 0, 0, 1, 1, 1]);
    expect(episode.view.title).toBe('priority sort: the 3 highest of 4 vectors of 5 bits');
  }
});

test('the paper: the 16 highest of 20, priorities uniform in [−1, 1)', () => {
  const task = prioritySort();
  const random = createRandom(3);
  expect([task.inputSize, task.outputSize]).toEqual([10, 8]);
  const priorities = Array.from({ length: 500 }, () => task.episode(random)).flatMap((episode) => {
    expect(episode.steps).toBe(20 + 1 + 16);
    // Chance costs a bit for each.
    expect(scoredBits(episode)).toBe(128);
    return rows(episode.input, 10)
      .slice(0, 20)
      .map((row) => row[8] ?? Number.NaN);
  });
  const mean = priorities.reduce((sum, each) => sum + each, 0) / 10_000;
  const variance = priorities.reduce((sum, each) => sum + (each - mean) ** 2, 0) / 10_000;
  // Four standard errors: 1/√3/100 of the mean, √(4/45)/100 of the variance.
  expect(Math.abs(mean)).toBeLessThan(0.0231);
  expect(Math.abs(variance - 1 / 3)).toBeLessThan(0.012);
  expect(Math.min(...priorities)).toBeGreaterThanOrEqual(-1);
  expect(Math.max(...priorities)).toBeLessThanOrEqual(1);
});

test('another number of vectors keeps as many wanted as there are', () => {
  const task = prioritySort();
  const at = (vectors: number) => task.episode(createRandom(1), axisOf(task, 'vectors').at(vectors));
  expect([at(30).steps, at(5).steps]).toEqual([30 + 1 + 16, 5 + 1 + 5]);
});

test('the same seed gives the same episodes, another seed others', () => {
  const episodes = (seed: number) => {
    const random = createRandom(seed);
    return Array.from({ length: 20 }, () => prioritySort().episode(random));
  };
  for (const seed of [0, 7, 4294967295]) expect(episodes(seed)).toEqual(episodes(seed));
  expect(episodes(0)).not.toEqual(episodes(1));
});

test('bad settings are refused by name', () => {
  expect(() => prioritySort({ vectors: 0 })).toThrow(
    'priority-sort.vectors: expected an integer of at least 1, got 0',
  );
  expect(() => prioritySort({ vectors: 10 })).toThrow(
    'priority-sort.highest: expected at most priority-sort.vectors (10), got 16',
  );
  expect(() => prioritySort().episode(createRandom(0), { width: 4 })).toThrow(
    'priority-sort.width: expected 8, the width of this task, got 4',
  );
});
