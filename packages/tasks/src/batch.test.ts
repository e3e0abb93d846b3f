import { onEachBackend } from '@tapehead/testing';
import { dispose, memory } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { axisOf } from './axis.js';
import { batchOf } from './batch.js';
import { createRandom } from './random.js';
import { copy } from './tasks/copy.js';

const task = copy({ width: 2 });
const random = createRandom(6);
const short = task.episode(random, axisOf(task, 'length').at(1));
const long = task.episode(random, axisOf(task, 'length').at(3));

onEachBackend('a batch', () => {
  test('is as long as its longest episode, the others padded with what does not count', () => {
    const { input, target, mask, scoredBits } = batchOf([short, long]);
    expect([input.shape, target.shape, mask.shape]).toEqual([
      [2, 7, 3],
      [2, 7, 2],
      [2, 7],
    ]);
    const padding = (size: number) => Array.from({ length: 4 * size }, () => 0);
    expect(Array.from(input.dataSync())).toEqual([...short.input, ...padding(3), ...long.input]);
    expect(Array.from(target.dataSync())).toEqual([...short.target, ...padding(2), ...long.target]);
    expect(Array.from(mask.dataSync())).toEqual([...short.mask, ...padding(1), ...long.mask]);
    expect(scoredBits).toBe(2 + 6);
    dispose([input, target, mask]);
  });

  test('is three tensors, gone when disposed', () => {
    const before = memory().numTensors;
    const batch = batchOf([short]);
    expect(memory().numTensors).toBe(before + 3);
    dispose(batch);
    expect(memory().numTensors).toBe(before);
  });
});

test('no episodes, or episodes of different tasks, are refused', () => {
  expect(() => batchOf([])).toThrow('episodes: expected at least one, got none');
  expect(() => batchOf([short, copy().episode(random)])).toThrow(
    'expected all of 3 input and 2 output channels like the first, got one of 9 and 8',
  );
});
