import type { LSTMBaseline, NTM } from '@tapehead/ntm';
import type { Task } from '@tapehead/tasks';
import {
  type Optimizer,
  ones,
  type Rank,
  type Tensor3D,
  type Variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import { describe, expectTypeOf, it } from 'vitest';
import {
  adam,
  type Clip,
  type Cost,
  clipByValue,
  createRun,
  customCost,
  type GravesMoments,
  globalNorm,
  gravesRmsProp,
  gravesStep,
  meanSquaredError,
  type Objective,
  type Progress,
  type Run,
  type SequenceModel,
  type Stop,
  softmaxCrossEntropy,
  train,
} from './index.js';
import type { createPool, NodeWorker } from './workers.js';

declare const run: Run;
declare const task: Task;
declare const ntm: NTM;

describe('train', () => {
  it('tells of each update in numbers, and why it stopped', () => {
    expectTypeOf(train(run)).toEqualTypeOf<AsyncGenerator<Progress, Stop, undefined>>();
    expectTypeOf<keyof Progress>().toEqualTypeOf<
      'step' | 'sequences' | 'cost' | 'meanCost' | 'unit' | 'sequencesPerSecond' | 'gradientNorm'
    >();
    expectTypeOf<Omit<Progress, 'unit'>[Exclude<keyof Progress, 'unit'>]>().toEqualTypeOf<number>();
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

describe('a cost', () => {
  it('is a value with a name, not a function', () => {
    expectTypeOf(meanSquaredError).toEqualTypeOf<Cost>();
    expectTypeOf(customCost({ name: 'x', unit: 'y', of: meanSquaredError.of })).toEqualTypeOf<Cost>();
    createRun({ ...run, cost: softmaxCrossEntropy });
    // @ts-expect-error a bare function
    createRun({ ...run, cost: meanSquaredError.of });
    // @ts-expect-error no unit
    customCost({ name: 'x', of: meanSquaredError.of });
  });

  it('has a threshold that training may stop at', () => {
    train(run, { until: { costBelow: 0.01 } });
    // @ts-expect-error no threshold
    train(run, { until: { over: 10 } });
  });
});

describe('an update', () => {
  it('has a schedule of its kind', () => {
    createRun({ ...run, schedule: { kind: 'cosine', updates: 10, to: 0.1, warmUp: 3 } });
    createRun({ ...run, schedule: (update) => 1 / (1 + update) });
    // @ts-expect-error nothing to fall to
    createRun({ ...run, schedule: { kind: 'cosine', updates: 10 } });
  });

  it('starts from the state of a net', () => {
    createRun({ ...run, state: ntm.initialState(4), carry: 'state' });
    expectTypeOf<NTM>().toExtend<SequenceModel>();
    expectTypeOf<LSTMBaseline>().toExtend<SequenceModel>();
  });
});

describe('functions of gradients', () => {
  it('take what tfjs returns, and plain numbers', () => {
    expectTypeOf(globalNorm).toBeCallableWith({ a: ones([2]), b: [1, 2], c: 3 });
    expectTypeOf(clipByValue).toBeCallableWith(variableGrads(() => ones<Rank.R0>([])).grads, 1);
    expectTypeOf(gravesStep).toBeCallableWith(
      { n: 0, gBar: 0, delta: 0 },
      ones([]),
      gravesRmsProp().settings,
    );
    expectTypeOf(gravesStep).returns.toEqualTypeOf<GravesMoments>();
  });
});

describe('an optimizer', () => {
  it('has a learning rate that can be changed', () => {
    expectTypeOf(gravesRmsProp().learningRate).toBeNumber();
    expectTypeOf(adam().learningRate).toBeNumber();
    // @ts-expect-error a setting of another optimizer
    gravesRmsProp({ beta1: 0.9 });
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
