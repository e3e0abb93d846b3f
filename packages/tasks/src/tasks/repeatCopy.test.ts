import { expect, test } from 'vitest';
import { axisOf } from '../axis.js';
import { scoredBits } from '../episode.js';
import { createRandom } from '../random.js';
import { rows, zeroRows } from '../testing/rows.js';
import { repeatCopy } from './repeatCopy.js';

test('vectors, then how often with the delimiter, then silence while they are wanted so often and an end', () => {
  const override = { minLength: 2, maxLength: 2, minRepeats: 3, maxRepeats: 3 };
  for (const seed of [1, 2, 3]) {
    const task = repeatCopy({ width: 3, minRepeats: 1, maxRepeats: 3 });
    const episode = task.episode(createRandom(seed), override);
    const [input, target] = [rows(episode.input, 5), rows(episode.target, 4)];
    const [one = [], two = []] = input.map((row) => row.slice(0, 3));
    // 3 of 1, 2, 3, whose mean is 2 and whose variance is 2/3.
    const three = Math.fround(Math.sqrt(3 / 2));
    expect(input).toEqual([[...one, 0, 0], [...two, 0, 0], [0, 0, 0, 1, three], ...zeroRows(7, 5)]);
    const copied = [one, two, one, two, one, two].map((row) => [...row, 0]);
    expect(target).toEqual([...zeroRows(3, 4), ...copied, [0, 0, 0, 1]]);
    expect(Array.from(episode.mask)).toEqual([0, 0, 0, 1, 1, 1, 1, 1, 1, 1]);
    expect(episode.view.title).toBe('repeat copy: 2 vectors of 3 bits, 3 times');
  }
});

test('the paper: 8 bits, lengths and repeats from 1 to 10, both ends drawn', () => {
  const task = repeatCopy();
  const random = createRandom(5);
  expect([task.inputSize, task.outputSize]).toEqual([10, 9]);
  const [lengths, repeats] = [new Set<number>(), new Set<number>()];
  for (let i = 0; i < 300; i++) {
    const { input, steps } = task.episode(random);
    const length = rows(input, 10).findIndex((row) => row[8] === 1);
    lengths.add(length);
    repeats.add((steps - length - 2) / length);
  }
  const oneToTen = Array.from({ length: 10 }, (_, i) => i + 1);
  expect([...lengths].sort((a, b) => a - b)).toEqual(oneToTen);
  expect([...repeats].sort((a, b) => a - b)).toEqual(oneToTen);
});

test('the number of repeats has mean 0 and variance 1 over what is drawn, and goes on in that scale beyond', () => {
  const task = repeatCopy();
  const given = (repeats: number): number => {
    const override = { minLength: 1, maxLength: 1, minRepeats: repeats, maxRepeats: repeats };
    return rows(task.episode(createRandom(1), override).input, 10)[1]?.[9] ?? Number.NaN;
  };
  const values = Array.from({ length: 10 }, (_, i) => given(i + 1));
  // float32 holds them to 1e-7 each.
  expect(values.reduce((sum, value) => sum + value, 0) / 10).toBeCloseTo(0, 6);
  expect(values.reduce((sum, value) => sum + value ** 2, 0) / 10).toBeCloseTo(1, 6);
  expect(given(20) - given(10)).toBeCloseTo(10 * (given(2) - given(1)), 5);
});

test('it grows in length and in repeats, the other at the most of training', () => {
  const task = repeatCopy({ width: 2, maxLength: 4, maxRepeats: 3 });
  const random = createRandom(1);
  const length = task.episode(random, axisOf(task, 'length').at(20));
  const repeats = task.episode(random, axisOf(task, 'repeats').at(20));
  expect([length.steps, repeats.steps]).toEqual([20 + 1 + 60 + 1, 4 + 1 + 80 + 1]);
  // Chance costs a bit for each.
  expect(scoredBits(repeats)).toBe(3 * (80 + 1));
});

test('an episode that is always repeated so often gives 0 as its number', () => {
  const task = repeatCopy({ width: 1, minRepeats: 4, maxRepeats: 4, minLength: 1, maxLength: 1 });
  expect(rows(task.episode(createRandom(1)).input, 3)[1]).toEqual([0, 1, 0]);
});

test('the same seed gives the same episodes, another seed others', () => {
  const episodes = (seed: number) => {
    const random = createRandom(seed);
    return Array.from({ length: 20 }, () => repeatCopy().episode(random));
  };
  for (const seed of [0, 7, 4294967295]) expect(episodes(seed)).toEqual(episodes(seed));
  expect(episodes(0)).not.toEqual(episodes(1));
});

test('bad settings are refused by name', () => {
  expect(() => repeatCopy({ minLength: 0 })).toThrow(
    'repeat-copy.minLength: expected an integer of at least 1, got 0',
  );
  expect(() => repeatCopy({ maxRepeats: 0 })).toThrow(
    'repeat-copy.maxRepeats: expected an integer of at least 1, got 0',
  );
  expect(() => repeatCopy({ minRepeats: 11 })).toThrow(
    'repeat-copy.minRepeats: expected at most repeat-copy.maxRepeats (10), got 11',
  );
  expect(() => axisOf(repeatCopy(), 'repeats').at(1.5)).toThrow(
    'repeats: expected an integer of at least 1, got 1.5',
  );
  expect(() => repeatCopy().episode(createRandom(0), { width: 4 })).toThrow(
    'repeat-copy.width: expected 8, the width of this task, got 4',
  );
});
