import { expect, test } from 'vitest';
import { axisOf } from './axis.js';
import { type Episode, scoredBits } from './episode.js';
import { createRandom } from './random.js';
import { copy } from './tasks/copy.js';
import { episodeText } from './text.js';
import { wrongBits } from './wrong.js';

/** Two vectors of two bits, wanted in the last two of four steps. */
const episode: Episode = {
  steps: 4,
  inputSize: 1,
  outputSize: 2,
  input: new Float32Array(4),
  target: Float32Array.of(0, 0, 0, 0, 1, 0, 1, 1),
  mask: Float32Array.of(0, 0, 1, 1),
  view: { title: 'by hand', inputChannels: ['x'], outputChannels: ['a', 'b'] },
};

test('wrong bits are those on the wrong side of 0 where an answer is wanted', () => {
  expect(scoredBits(episode)).toBe(4);
  expect(wrongBits([9, 9, 9, 9, 1, -1, 1, 1], [episode])).toEqual([0]);
  expect(wrongBits([9, 9, 9, 9, -1, 1, -1, -1], [episode])).toEqual([4]);
  expect(wrongBits([0, 0, 0, 0, 0, 0, 0, 0], [episode])).toEqual([3]);
  expect(
    wrongBits(
      Array.from({ length: 8 }, () => Number.NaN),
      [episode],
    ),
  ).toEqual([4]);
});

test('each episode of a batch is counted by itself, padding not', () => {
  const random = createRandom(1);
  const task = copy({ width: 2 });
  const pair = [
    task.episode(random, axisOf(task, 'length').at(1)),
    task.episode(random, axisOf(task, 'length').at(3)),
  ];
  const stride = 7 * 2;
  const right = new Float32Array(2 * stride).fill(-1);
  for (const [b, { target }] of pair.entries())
    right.set(
      target.map((bit) => bit - 0.5),
      b * stride,
    );
  expect(wrongBits(right, pair)).toEqual([0, 0]);
  expect(
    wrongBits(
      right.map((logit) => -logit),
      pair,
    ),
  ).toEqual([2, 6]);
  expect(() => wrongBits(right.subarray(1), pair)).toThrow(
    'logits: expected 28 values (2 episodes of 14), got 27',
  );
});

test('the text has the wanted bits beside the given, wrong ones marked', () => {
  expect(episodeText(episode, [9, 9, 9, 9, 1, 1, -1, 1])).toBe(
    [
      'by hand   2 of 4 bits wrong   █ 1  · 0  × wrong',
      '',
      '   wanted  given',
      'a  ██      █×',
      'b  ·█      ×█',
    ].join('\n'),
  );
});

test('without an answer only what is wanted is shown', () => {
  expect(episodeText(episode)).toBe(['by hand   █ 1  · 0', '', '   wanted', 'a  ██', 'b  ·█'].join('\n'));
});

test('of a single channel what is given is below what is wanted', () => {
  const row: Episode = {
    ...episode,
    outputSize: 1,
    target: Float32Array.of(0, 0, 1, 0),
    mask: new Float32Array(4).fill(1),
    view: { title: 'by hand', inputChannels: ['x'], outputChannels: ['next'] },
  };
  expect(episodeText(row, [-1, 1, 1, 1])).toBe(
    [
      'by hand   2 of 4 bits wrong   █ 1  · 0  × wrong',
      '',
      '        next',
      'wanted  ··█·',
      'given   ·×█×',
    ].join('\n'),
  );
});

test('the input is shown until it falls silent, numbers as high as they are', () => {
  const view = { ...episode.view, inputChannels: ['priority'], text: 'input and answer' } as const;
  const asked = { ...episode, input: Float32Array.of(-1, 0.99, 0.1, 0), view };
  expect(episodeText(asked)).toBe(
    ['by hand   █ 1  · 0', '', '          input', 'priority  ▁█▅', '', '   wanted', 'a  ██', 'b  ·█'].join(
      '\n',
    ),
  );
});

test('long answers go on below and no line is wider than asked', () => {
  const long = copy().episode(createRandom(2), { minLength: 120, maxLength: 120 });
  const text = episodeText(
    long,
    long.target.map((bit) => bit - 0.5),
    { columns: 80 },
  );
  const lines = text.split('\n');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(lines.filter((line) => line.startsWith('bit 1')).length).toBe(4);
  expect(text).toContain('0 of 960 bits wrong');
});
