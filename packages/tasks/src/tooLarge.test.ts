import { setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { isTapeheadError } from '@tapehead/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { batchOf } from './batch.js';
import { createRandom } from './random.js';
import { createTask, taskNames } from './registry.js';

// The same cases on every machine.
fc.configureGlobal({ seed: 13 });

const tooLarge = /expected episodes of at most 134217728 numbers|expected at most/;

describe.each(taskNames)('%s of an absurd size', (name) => {
  test('is refused when it is made, before anything is drawn', () => {
    for (const setting of Object.keys(createTask(name).settings)) {
      for (const size of [1e12, Number.MAX_SAFE_INTEGER]) {
        expect(() => createTask(name, { [setting]: size })).toThrow(/expected/);
      }
    }
  });

  test('is refused by its axes and by an override', () => {
    const task = createTask(name);
    for (const { at } of task.axes) {
      for (const size of [1e9, 1e15]) expect(() => at(size)).toThrow(tooLarge);
    }
  });

  test('whatever the settings are, a task is refused or draws an episode within the limit', () => {
    const value = fc.oneof(
      fc.integer({ min: 1, max: 12 }),
      fc.constantFrom(1e6, 1e9, 2 ** 53 - 1, -1, 0, 0.5),
      fc.anything(),
    );
    const names = Object.keys(createTask(name).settings);
    const settings = fc.record(Object.fromEntries(names.map((each) => [each, value])), { requiredKeys: [] });
    fc.assert(
      fc.property(fc.oneof(settings, fc.anything()), (odd) => {
        try {
          Reflect.apply(createTask, undefined, [name, odd]);
        } catch (error) {
          expect(error).toSatisfy(isTapeheadError);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('its episode wants a random stream and settings of its own', () => {
    const { episode } = createTask(name);
    const odd = (...given: unknown[]) => Reflect.apply(episode, undefined, given);
    expect(() => odd()).toThrow('random: expected a stream of createRandom(seed), got undefined');
    expect(() => odd(createRandom(1), null)).toThrow(`${name}: expected an object of options, got null`);
    expect(() => odd(createRandom(1), { sise: 2 })).toThrow(`${name}: unknown option 'sise'`);
  });
});

test('a batch that no memory holds is refused before it is allocated', async () => {
  await setBackend('cpu');
  const { episode, axes } = createTask('copy');
  const drawn = (length: number) => episode(createRandom(1), axes[0]?.at(length));
  const many = [...Array.from({ length: 40_000 }, () => drawn(1)), drawn(1000)];
  expect(() => batchOf(many)).toThrow(
    "batchOf 40001 episodes of up to 2001 steps: needs 5764 MB, and the backend 'cpu' has at most 4295 MB for one tensor; " +
      'take fewer or shorter episodes',
  );
});
