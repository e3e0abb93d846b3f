import { expect, test } from 'vitest';
import { axisOf } from '../axis.js';
import type { Episode } from '../episode.js';
import { createRandom } from '../random.js';
import { rows } from '../testing/rows.js';
import { copy } from './copy.js';

const lengthOf = (episode: Episode) => (episode.steps - 1) / 2;

test('the vectors come in, then the delimiter alone, then nothing while they are wanted again', () => {
  const episode = copy({ width: 3 }).episode(createRandom(1), { minLength: 4, maxLength: 4 });
  const [input, target] = [rows(episode.input, 4), rows(episode.target, 3)];
  const vectors = input.slice(0, 4).map((row) => row.slice(0, 3));
  const silence = Array.from({ length: 4 }, () => [0, 0, 0, 0]);
  expect(vectors.flat().every((bit) => bit === 0 || bit === 1)).toBe(true);
  expect(input).toEqual([...vectors.map((row) => [...row, 0]), [0, 0, 0, 1], ...silence]);
  expect(target).toEqual([...Array.from({ length: 5 }, () => [0, 0, 0]), ...vectors]);
  expect(Array.from(episode.mask)).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1]);
});

test('the paper: 8 bits in and a delimiter, 20 vectors in 41 steps', () => {
  const task = copy();
  const episode = task.episode(createRandom(3), axisOf(task, 'length').at(20));
  expect(task.settings).toEqual({ width: 8, minLength: 1, maxLength: 20 });
  expect([task.inputSize, task.outputSize, episode.steps]).toEqual([9, 8, 41]);
  expect([episode.inputSize, episode.outputSize]).toEqual([9, 8]);
  expect(episode.view.title).toBe('copy: 20 vectors of 8 bits');
  expect(episode.view.inputChannels.length).toBe(9);
});

test('the same seed gives the same episodes, another seed others', () => {
  const episodes = (seed: number) => {
    const random = createRandom(seed);
    return Array.from({ length: 20 }, () => copy().episode(random));
  };
  for (const seed of [0, 1, 7, 4294967295]) expect(episodes(seed)).toEqual(episodes(seed));
  expect(episodes(0)).not.toEqual(episodes(1));
});

test('lengths reach both ends of what was asked for', () => {
  const random = createRandom(2);
  const task = copy({ minLength: 2, maxLength: 5 });
  const lengths = new Set(Array.from({ length: 200 }, () => lengthOf(task.episode(random))));
  expect([...lengths].sort()).toEqual([2, 3, 4, 5]);
});

test('an override holds for its episode only', () => {
  const task = copy({ maxLength: 1 });
  expect(lengthOf(task.episode(createRandom(1), axisOf(task, 'length').at(120)))).toBe(120);
  expect(lengthOf(task.episode(createRandom(1)))).toBe(1);
});

test('bad settings are refused by name', () => {
  expect(() => copy({ minLength: 0 })).toThrow('copy.minLength: expected an integer of at least 1, got 0');
  expect(() => copy({ maxLength: 2.5 })).toThrow(
    'copy.maxLength: expected an integer of at least 1, got 2.5',
  );
  expect(() => copy({ width: Number.NaN })).toThrow('copy.width: expected an integer of at least 1, got NaN');
  expect(() => copy({ minLength: 9, maxLength: 3 })).toThrow(
    'copy.minLength: expected at most copy.maxLength (3), got 9',
  );
  expect(() => axisOf(copy(), 'length').at(0)).toThrow('length: expected an integer of at least 1, got 0');
  expect(() => copy().episode(createRandom(0), { minLength: 21 })).toThrow(
    'at most copy.maxLength (20), got 21',
  );
  expect(() => copy().episode(createRandom(0), { width: 4 })).toThrow(
    'copy.width: expected 8, the width of this',
  );
});
