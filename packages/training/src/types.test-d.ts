import type { Task } from '@tapehead/tasks';
import type { Optimizer, Tensor3D, Variable } from '@tensorflow/tfjs-core';
import { describe, expectTypeOf, it } from 'vitest';
import {
  adam,
  type Clip,
  createRun,
  gravesRmsProp,
  type Objective,
  type Progress,
  type Run,
  type SequenceModel,
  type Stop,
  train,
} from './index.js';
import type { createPool, NodeWorker } from './workers.js';

declare const run: Run;
declare const task: Task;

describe('train', () => {
  it('tells of each update in numbers, and why it stopped', () => {
    expectTypeOf(train(run)).toEqualTypeOf<AsyncGenerator<Progress, Stop, undefined>>();
    expectTypeOf<keyof Progress>().toEqualTypeOf<
      'step' | 'sequences' | 'bits' | 'meanBits' | 'sequencesPerSecond' | 'gradientNorm'
    >();
    expectTypeOf<Progress[keyof Progress]>().toEqualTypeOf<number>();
    expectTypeOf<Stop>().toEqualTypeOf<'sequences' | 'solved' | 'aborted'>();
  });

  it('takes a signal that may be missing', () => {
    train(run, { signal: undefined });
    // @ts-expect-error no such end
    train(run, { until: 'bored' });
  });
});

describe('a model', () => {
  it('is its parameters and a way from inputs to logits', () => {
    type Least = {
      parameters: Record<string, Variable>;
      sequence(input: Tensor3D): { logits: Tensor3D };
    };
    expectTypeOf<Least>().toExtend<SequenceModel>();
    expectTypeOf<Omit<Least, 'parameters'>>().not.toExtend<SequenceModel>();
  });
});

describe('a run', () => {
  it('needs a model, a task and an optimizer of tfjs', () => {
    expectTypeOf(gravesRmsProp()).toExtend<Optimizer>();
    expectTypeOf(adam()).toExtend<Optimizer>();
    // @ts-expect-error no model
    createRun({ task, optimizer: adam() });
  });

  it('clips by norm, by value or not at all', () => {
    expectTypeOf<Clip>().toEqualTypeOf<'none' | { readonly norm: number } | { readonly value: number }>();
    expectTypeOf<Objective>().toEqualTypeOf<'mean' | 'sum'>();
  });
});

describe('a pool', () => {
  it('takes workers of Node and of pages', () => {
    type Made = ReturnType<Parameters<typeof createPool>[0]['worker']>;
    expectTypeOf<NodeWorker>().toExtend<Made>();
    expectTypeOf<import('node:worker_threads').Worker>().toExtend<Made>();
    expectTypeOf<Worker>().toExtend<Made>();
  });
});
