import { expect, test } from 'vitest';
import { createRandom } from './random.js';
import { createTask, taskNames } from './registry.js';

test('every name makes a task of that name whose episodes have its channels', () => {
  for (const name of taskNames) {
    const task = createTask(name);
    const { inputSize, outputSize, steps, input, target, mask, view } = task.episode(createRandom(1));
    expect(task.name).toBe(name);
    expect([inputSize, outputSize]).toEqual([task.inputSize, task.outputSize]);
    expect([input.length, target.length, mask.length]).toEqual([
      steps * inputSize,
      steps * outputSize,
      steps,
    ]);
    expect([view.inputChannels.length, view.outputChannels.length]).toEqual([inputSize, outputSize]);
  }
});

test('every task says where it is measured, and grows to there', () => {
  for (const task of taskNames.map((name) => createTask(name))) {
    expect(task.axes.length).toBeGreaterThan(0);
    for (const { trained, measured, at } of task.axes) {
      expect(trained.least).toBeLessThanOrEqual(trained.most);
      expect(measured).toEqual([...measured].sort((a, b) => a - b));
      const steps = measured.map((value) => task.episode(createRandom(1), at(value)).steps);
      const again = measured.map((value) => task.episode(createRandom(2), at(value)).steps);
      expect(steps).toEqual(again);
      expect(new Set(steps).size).toBe(measured.length);
    }
  }
});

test('a task is made again from its name and its settings', () => {
  const task = createTask('copy', { width: 3, maxLength: 4 });
  const again = createTask(task.name, task.settings);
  expect(again.episode(createRandom(9))).toEqual(task.episode(createRandom(9)));
});

test('unknown names and settings say what there is', () => {
  expect(() => createTask('chess')).toThrow(/^task: expected one of 'copy', 'repeat-copy', .*, got 'chess'$/);
  expect(() => createTask('toString')).toThrow("got 'toString'");
  expect(() => createTask('copy', { length: 3 })).toThrow(
    "copy: unknown option 'length'; expected one of 'width', 'minLength', 'maxLength'",
  );
  expect(() => createTask('copy', { width: '8' })).toThrow("copy.width: expected a number, got '8'");
});

test('an absurd size is refused before anything of it is made', () => {
  for (const task of taskNames.map((name) => createTask(name))) {
    for (const setting of Object.keys(task.settings)) {
      const absurd = { ...task.settings, [setting]: 2 ** 40 };
      expect(() => createTask(task.name, absurd)).toThrow(`${task.name}.${setting}: expected`);
    }
  }
});

test('a name that cannot be printed is refused as any other', () => {
  const unprintable = { toString: () => expect.fail('it was printed') };
  expect(() => Reflect.apply(createTask, undefined, [unprintable])).toThrow(
    "task: expected one of 'copy', 'repeat-copy', 'associative-recall', 'ngrams', 'priority-sort', got an object",
  );
});
