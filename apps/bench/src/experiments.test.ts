import { taskNames } from '@tapehead/tasks';
import { expect, it } from 'vitest';
import { experiments, isExperiment } from './experiments.js';
import { modelNames } from './models.js';
import { recipeFor, recipeWith } from './recipe.js';

it('has all five tasks, each with the three models', () => {
  expect(taskNames.filter(isExperiment)).toEqual(Object.keys(experiments));
  expect(Object.keys(experiments)).toHaveLength(5);
  for (const { models, known } of Object.values(experiments)) {
    expect(Object.keys(models).sort()).toEqual([...modelNames]);
    expect(Object.keys(known).sort()).toEqual([...modelNames]);
  }
});

it.each([
  ['priority-sort', 'ntm-feedforward', { heads: 8, controllerSize: 512, layers: 1 }],
  ['priority-sort', 'ntm-lstm', { heads: 5, controllerSize: 100, layers: 2 }],
  ['associative-recall', 'ntm-feedforward', { heads: 4, controllerSize: 256, layers: 1 }],
  ['repeat-copy', 'lstm', { controllerSize: 512, layers: 3 }],
  ['ngrams', 'lstm', { controllerSize: 128, layers: 3 }],
  ['copy', 'ntm-lstm', { heads: 1, controllerSize: 100, layers: 1, memorySize: 128, memoryDim: 20 }],
] as const)('%s with %s has the sizes of the paper', (task, model, sizes) => {
  expect(recipeFor(task, model)).toMatchObject({ model, ...sizes });
});

it("no rate is ten times the paper's, or a tenth: a slip of a power of ten", () => {
  const cells = Object.values(experiments).flatMap(({ models }) => Object.values(models));
  for (const { learningRate, paper } of cells) {
    expect(Math.abs(Math.log10(learningRate / paper.learningRate))).toBeLessThan(0.9);
  }
});

it('flags go before the table, and --controller names the machine with it', () => {
  const recipe = recipeWith('priority-sort', { controller: 'feedforward', heads: 2 });
  expect(recipe).toMatchObject({ model: 'ntm-feedforward', heads: 2, controllerSize: 512 });
});

it('an LSTM alone has no memory to set', () => {
  expect(() => recipeWith('copy', { model: 'lstm', memorySize: 64 })).toThrow(
    '--memory-size: expected a model with a memory, got --model lstm',
  );
});
