import { ones, randomNormal, type Scalar, type Tensor2D, type Tensor3D, zeros } from '@tensorflow/tfjs-core';
import { describe, expectTypeOf, it } from 'vitest';
import {
  axisOf,
  type CopySettings,
  type Cost,
  copy,
  costInBits,
  createRandom,
  createTask,
  type Episode,
  type Random,
  scaledCost,
  type Task,
  type TaskName,
  taskNames,
} from './index.js';

declare const logits: Tensor3D;
declare const mask: Tensor2D;

describe('a task', () => {
  it('draws episodes by its own settings', () => {
    expectTypeOf(copy()).toEqualTypeOf<Task<CopySettings>>();
    expectTypeOf(copy().episode).returns.toEqualTypeOf<Episode>();
    expectTypeOf(copy().episode).parameter(0).toEqualTypeOf<Random>();
    expectTypeOf(copy().episode).parameter(1).toEqualTypeOf<Partial<CopySettings> | undefined>();
    // @ts-expect-error a setting of another task
    copy().episode(createRandom(1), { minRepeats: 2 });
  });

  it('is a task whatever its settings are', () => {
    expectTypeOf<Task<CopySettings>>().toExtend<Task>();
    expectTypeOf(createTask('copy')).toEqualTypeOf<Task>();
  });

  it('has one of five names', () => {
    expectTypeOf<TaskName>().toEqualTypeOf<
      'copy' | 'repeat-copy' | 'associative-recall' | 'ngrams' | 'priority-sort'
    >();
    expectTypeOf(taskNames).items.toEqualTypeOf<TaskName>();
  });

  it('grows in ways that say what settings they come to', () => {
    expectTypeOf(axisOf(copy(), 'length').at(20)).toExtend<Partial<CopySettings>>();
  });
});

describe('a cost', () => {
  it('is a scalar of the logits', () => {
    expectTypeOf(costInBits(logits, logits, mask)).toEqualTypeOf<Scalar>();
    expectTypeOf(scaledCost(logits, mask, 1)).toEqualTypeOf<Cost>();
    expectTypeOf<Cost>().toBeCallableWith(logits);
  });

  it('takes what tfjs returns, and plain numbers', () => {
    expectTypeOf(costInBits).toBeCallableWith(randomNormal([1, 2, 3]), zeros([1, 2, 3]), ones([1, 2]));
    expectTypeOf(costInBits).toBeCallableWith([[[0]]], [[[1]]], [[1]]);
    expectTypeOf(scaledCost).toBeCallableWith(zeros([1, 2, 3]), ones([1, 2]), 1);
    // @ts-expect-error no mask
    costInBits(logits, logits);
  });
});
