import { Worker } from 'node:worker_threads';
import { isTapeheadError } from '@tapehead/core';
import { NTM } from '@tapehead/ntm';
import { registerFused } from '@tapehead/ntm/fused';
import { batchOf, createRandom, type Random, type Task } from '@tapehead/tasks';
import { expectClose, onEachBackend } from '@tapehead/testing';
import { dispose, getBackend, memory, type Scalar, train as tfTrain, tidy } from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { adam } from './adam.js';
import { weightAverage } from './average.js';
import { captureState } from './capture.js';
import { decodeCheckpoint, encodeCheckpoint } from './checkpoint.js';
import { sigmoidCrossEntropy } from './costs/sigmoidCrossEntropy.js';
import { evaluate } from './evaluate.js';
import type { Objective } from './gradients.js';
import { gravesRmsProp } from './gravesRmsProp.js';
import type { SequenceModel } from './model.js';
import type { Pool } from './pool.js';
import { restoreParameters, restoreState, resumeRun } from './restore.js';
import { createRun, type Run, type RunOptions } from './run.js';
import { rateFactor, type Schedule } from './schedule.js';
import { leavesOf } from './stateTree.js';
import { trainStep } from './step.js';
import { bundledWorker } from './testing/bundledWorker.js';
import { counts, sums } from './testing/otherTasks.js';
import { statefulModel } from './testing/statefulModel.js';
import { numbersOf, tinyModel } from './testing/tinyModel.js';
import { delay, echo } from './testing/tinyTasks.js';
import type { TinyConfig } from './testing/tinyWorker.js';
import { averagedParameters, withAverage } from './withAverage.js';
import { createPool } from './workers.js';

const optimizers = {
  gravesRmsProp: () => gravesRmsProp({ learningRate: 1e-2 }),
  adam: () => adam({ learningRate: 1e-2 }),
};

let script: URL;
beforeAll(async () => {
  script = await bundledWorker();
});
const pools: Pool[] = [];
afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.close())));

async function poolOf({ model, task }: Run, kind: 'tiny' | 'stateful'): Promise<Pool> {
  const config: TinyConfig = {
    backend: getBackend(),
    kind,
    inputSize: task.inputSize,
    outputSize: task.outputSize,
  };
  const pool = await createPool({ model, threads: 2, worker: () => new Worker(script), config });
  pools.push(pool);
  return pool;
}

function runOf(task: Task, options: Partial<RunOptions> = {}): Run {
  return createRun({
    model: tinyModel(task),
    task,
    optimizer: optimizers.adam(),
    batchSize: 6,
    seed: 3,
    ...options,
  });
}

async function steps(run: Run, count: number, pool?: Pool): Promise<number[]> {
  const costs: number[] = [];
  for (let i = 0; i < count; i++) costs.push((await trainStep(run, { pool })).cost);
  return costs;
}

async function refusal(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    return isTapeheadError(error) ? error.message : expect.fail(String(error));
  }
  return expect.fail('nothing was refused');
}

onEachBackend('an update', () => {
  test.each<[string, Objective, Task]>([
    ['bits', 'sum', echo],
    ['bits', 'mean', echo],
    ['classes', 'sum', counts],
    ['numbers', 'mean', sums],
  ])('in four passes is that in one: %s, %s', async (_, objective, task) => {
    const [once, often] = [runOf(task, { objective }), runOf(task, { objective, accumulate: 4 })];
    for (let i = 0; i < 4; i++) {
      const [one, many] = [await trainStep(once), await trainStep(often)];
      expectClose(many.cost, one.cost, 1e-5);
      expectClose(many.gradientNorm, one.gradientNorm, 1e-4);
    }
    expect(often.sequences).toBe(once.sequences);
  });

  test('goes at the rate of its schedule, and leaves that of the optimizer', async () => {
    for (const optimizer of Object.values(optimizers)) {
      const schedule: Schedule = { kind: 'cosine', updates: 4, to: 0.1, warmUp: 2 };
      const [scheduled, byHand] = [
        runOf(echo, { optimizer: optimizer(), schedule }),
        runOf(echo, { optimizer: optimizer() }),
      ];
      for (let i = 0; i < 8; i++) {
        Reflect.set(byHand.optimizer, 'learningRate', 1e-2 * rateFactor(schedule, i));
        await trainStep(scheduled);
        await trainStep(byHand);
        expect(numbersOf(scheduled.model)).toEqual(numbersOf(byHand.model));
        expect(Reflect.get(scheduled.optimizer, 'learningRate')).toBe(1e-2);
      }
    }
  });

  test('averages as the equation says, and lends the average to the model', async () => {
    const average = weightAverage({ decay: 0.5 });
    const run = runOf(echo, { average });
    const wanted: number[] = [];
    for (let t = 0; t < 12; t++) {
      await trainStep(run);
      const { kernel = [] } = numbersOf(run.model);
      const kept = t === 0 ? 0 : Math.min(0.5, (1 + t) / (10 + t));
      for (const [i, p] of kernel.entries()) wanted[i] = kept * (wanted[i] ?? 0) + (1 - kept) * p;
    }
    const own = numbersOf(run.model);
    const during = await withAverage(run, () => numbersOf(run.model));
    expectClose(during.kernel ?? [], wanted, 1e-5);
    expect(during.kernel).not.toEqual(own.kernel);
    expect(numbersOf(run.model)).toEqual(own);
    const failed = withAverage(run, () => {
      throw new Error('no');
    });
    await expect(failed).rejects.toThrow('no');
    expect(numbersOf(run.model)).toEqual(own);
    const overlapping = withAverage(run, () => trainStep(run));
    await expect(overlapping).rejects.toThrow('trainStep: a step of this run is not done');
    expect(numbersOf(run.model)).toEqual(own);

    const state = decodeCheckpoint(encodeCheckpoint(await captureState(run)));
    const other = tinyModel(echo, 7);
    restoreParameters(other, averagedParameters(state));
    expect(numbersOf(other)).toEqual(during);
    const random = createRandom(1);
    const episodes = [echo.episode(random), echo.episode(random)];
    const { cost } = await withAverage(run, () => evaluate(run.model, episodes));
    expect(cost).toBe((await evaluate(other, episodes)).cost);
    average.dispose();
  });

  test.each<[string, () => Stateful]>([
    ['an NTM', netOf],
    ['a model of the caller', () => statefulModel(delay)],
  ])('starts where it is told, and carries the state over: %s', async (_, make) => {
    await registerFused();
    const model = make();
    const start = stateAfter(model, createRandom(8));
    const still = () => ({ model, optimizer: adam({ learningRate: 1e-12 }), batchSize: 2 });
    const from = await steps(runOf(delay, { ...still(), state: start }), 2);
    const random = createRandom(3);
    for (const cost of from) expectClose(cost, costFrom(model, random, start).cost, 1e-4);

    // Each carried step is that of one long sequence, whose state is handed on.
    const again = createRandom(3);
    let state: object | undefined = start;
    for (const cost of await steps(runOf(delay, { ...still(), state: start, carry: 'state' }), 4)) {
      const next: { cost: number; state: object } = costFrom(model, again, state);
      expectClose(cost, next.cost, 1e-4);
      state = next.state;
    }
    const begun = runOf(delay, { ...still(), carry: 'state' });
    const fresh = await steps(begun, 2);
    expect(await steps(createRun({ ...begun, seed: 3 }), 2)).toEqual(fresh);
    expectClose(fresh[0] ?? 0, costFrom(model, createRandom(3), undefined).cost, 1e-4);
    expect(Math.abs((fresh[0] ?? 0) - (from[0] ?? 0))).toBeGreaterThan(1e-3);
  });

  test('that carries the state learns what one that does not cannot', async () => {
    const task = streamed();
    const [carried, apart] = await Promise.all(
      (['state', 'nothing'] as const).map(async (carry) => {
        const run = runOf(task(), {
          model: statefulModel(delay),
          carry,
          batchSize: 1,
          optimizer: adam({ learningRate: 0.03 }),
        });
        const costs = await steps(run, 700);
        return costs.slice(-100).reduce((sum, cost) => sum + cost) / 100;
      }),
    );
    // Of three bits, two can be known from their own sequence; the first costs a bit unless the state says it.
    expect(apart).toBeGreaterThan(0.9);
    expect(carried).toBeLessThan(0.5);
  });

  test.each<[string, Partial<RunOptions>]>([
    ['passes', { accumulate: 3 }],
    ['averages', { average: weightAverage() }],
    ['a state that is carried over', { carry: 'state' }],
    [
      'all of them',
      { accumulate: 2, average: weightAverage(), carry: 'state', schedule: { kind: 'constant', warmUp: 9 } },
    ],
  ])('leaves nothing in memory: %s', async (_, options) => {
    const run = runOf(delay, { model: statefulModel(delay), ...options });
    await steps(run, 2);
    const before = memory().numTensors;
    await steps(run, 3);
    const state = await captureState(run);
    await restoreState(run, state);
    await steps(run, 1);
    expect(memory().numTensors).toBe(before);
  });

  test('carries the state in a pool and in passes as it does at once', async () => {
    const options = () => ({ model: statefulModel(delay), carry: 'state' as const });
    const [alone, parts, shared] = [
      runOf(delay, options()),
      runOf(delay, { ...options(), accumulate: 4 }),
      runOf(delay, options()),
    ];
    const wanted = await steps(alone, 4);
    expectClose(await steps(parts, 4), wanted, 1e-5);
    expectClose(await steps(shared, 4, await poolOf(shared, 'stateful')), wanted, 1e-5);
    const hidden = async (run: Run) =>
      Array.from(leavesOf((await captureState(run)).state ?? {}), ([, leaf]) => leaf);
    expect((await hidden(shared)).map(({ shape }) => shape)).toEqual([[6, 4]]);
  });

  test.each<[keyof typeof optimizers, 'alone' | 'in a pool']>([
    ['gravesRmsProp', 'alone'],
    ['adam', 'alone'],
    ['gravesRmsProp', 'in a pool'],
    ['adam', 'in a pool'],
  ])('of a resumed run is that of one that never stopped, with all of it: %s, %s', async (name, where) => {
    const options = () => ({
      model: statefulModel(delay),
      optimizer: optimizers[name](),
      accumulate: 2,
      carry: 'state' as const,
      average: weightAverage({ decay: 0.9 }),
      schedule: { kind: 'cosine', updates: 8, to: 0.05, warmUp: 3 } as const,
    });
    const [straight, stopped] = [runOf(delay, options()), runOf(delay, options())];
    const pool = async (run: Run) => (where === 'alone' ? undefined : poolOf(run, 'stateful'));
    await steps(straight, 9, await pool(straight));
    await steps(stopped, 5, await pool(stopped));
    const state = decodeCheckpoint(encodeCheckpoint(await captureState(stopped)));
    const resumed = await resumeRun({ model: statefulModel(delay, 9), state, task: delay });
    await steps(resumed, 4, await pool(resumed));
    expect(await captureState(resumed)).toEqual(await captureState(straight));
  });
});

type Stateful = ReturnType<typeof statefulModel> | NTM;

function netOf(): NTM {
  const sizes = { memorySize: 6, memoryDim: 4, controllerSize: 8, seed: 1 };
  return NTM.build({ ...sizes, inputSize: 1, outputSize: 1 });
}

/** The state of two sequences after an episode. The caller disposes it. */
function stateAfter(model: Stateful, random: Random): object {
  const { state } = sequenceOf(model, random, undefined);
  return state;
}

/** The cost of the next two episodes from a state, and the state after them. */
function costFrom(
  model: Stateful,
  random: Random,
  start: object | undefined,
): { cost: number; state: object } {
  const { cost, state } = sequenceOf(model, random, start);
  return { cost: cost.dataSync()[0] ?? Number.NaN, state };
}

function sequenceOf(
  model: SequenceModel,
  random: Random,
  start: object | undefined,
): { cost: Scalar; state: object } {
  return tidy(() => {
    const { input, target, mask } = batchOf([delay.episode(random), delay.episode(random)]);
    const { logits, state } = model.sequence(input, start === undefined ? {} : { state: start });
    return { cost: sigmoidCrossEntropy.of(logits, target, mask), state: Object(state) };
  });
}

/** {@link delay}, where each sequence begins with the last bit of the one before it. */
function streamed(): () => Task {
  return () => {
    let last = 0;
    return {
      ...delay,
      episode(random) {
        const episode = delay.episode(random);
        const target = episode.target.slice();
        target[0] = last;
        last = episode.input.at(-1) ?? 0;
        return { ...episode, target };
      },
    };
  };
}

test.each<[Schedule, readonly (readonly [update: number, factor: number])[]]>([
  [
    { kind: 'constant' },
    [
      [0, 1],
      [1e6, 1],
    ],
  ],
  [
    { kind: 'constant', warmUp: 4 },
    [
      [0, 0.25],
      [1, 0.5],
      [3, 1],
      [4, 1],
    ],
  ],
  [
    { kind: 'linear', updates: 10, to: 0.2 },
    [
      [0, 1],
      [5, 0.6],
      [10, 0.2],
      [99, 0.2],
    ],
  ],
  [
    { kind: 'cosine', updates: 10, to: 0.2 },
    [
      [0, 1],
      [5, 0.6],
      [10, 0.2],
      [99, 0.2],
    ],
  ],
  [
    { kind: 'cosine', updates: 4, to: 0.5, warmUp: 2 },
    [
      [0, 0.5],
      [1, 1],
      [2, 1],
      [4, 0.75],
      [6, 0.5],
    ],
  ],
  [
    { kind: 'step', every: 3, factor: 0.5 },
    [
      [0, 1],
      [2, 1],
      [3, 0.5],
      [6, 0.25],
    ],
  ],
  [
    (update) => 1 / (1 + update),
    [
      [0, 1],
      [3, 0.25],
    ],
  ],
])('schedule %j', (schedule, factors) => {
  for (const [update, factor] of factors) expect(rateFactor(schedule, update)).toBeCloseTo(factor, 12);
});

describe('what makes no sense is refused by name:', () => {
  test('options of an update', async () => {
    const make = (options: object) => refusal(() => Reflect.apply(runOf, undefined, [echo, options]));
    expect(await make({ accumulate: 7 })).toBe('accumulate: expected an integer from 1 to 6, got 7');
    expect(await make({ schedule: { kind: 'cosine', updates: 3 } })).toBe(
      'schedule.to: expected a finite number above 0, got undefined',
    );
    expect(await make({ schedule: { kind: 'step', every: 2, factor: 1, warmup: 2 } })).toBe(
      "schedule: unknown option 'warmup', did you mean 'warmUp'?",
    );
    expect(await make({ schedule: { kind: 'step', every: 2, factor: 1 }, optimizer: tfTrain.sgd(0.1) })).toBe(
      'schedule: expected the optimizer to be gravesRmsProp() or adam(), got SGD',
    );
    expect(await make({ average: 0.9 })).toBe('average: expected one of weightAverage(), got 0.9');
    expect(await make({ carry: 'all' })).toBe("carry: expected one of 'nothing', 'state', got 'all'");
    expect(await make({ state: { h: { shape: [2, 1], values: new Float32Array(2) } } })).toBe(
      'state.h: expected 6 sequences along the first axis, one for each of batchSize, got shape [2, 1]',
    );
    expect(await make({ state: { h: 3 } })).toContain('state.h: expected tensors in records and arrays');
    const zero = runOf(echo, { schedule: () => 0 });
    const before = numbersOf(zero.model);
    expect(await refusal(() => trainStep(zero))).toBe(
      'schedule: its factor of update 0: expected a finite number above 0, got 0',
    );
    expect(numbersOf(zero.model)).toEqual(before);
    expect(await refusal(() => withAverage(zero, () => 1))).toContain('expected a run that averages');
  });

  test('a state that cannot be carried', async () => {
    expect(await refusal(() => trainStep(runOf(echo, { carry: 'state', model: tinyModel(echo) })))).toMatch(
      /^carry: expected the episodes of a batch to have one length, .*, got 1 to 4 steps; take/,
    );
    expect(await refusal(() => trainStep(runOf(delay, { carry: 'state' })))).toBe(
      'model.sequence: expected { logits, state } from a model whose state is carried over, got { logits } and undefined',
    );
    const gone = statefulModel(delay).initialState(6);
    const run = runOf(delay, { model: statefulModel(delay), state: gone });
    dispose(gone.cells);
    expect(await refusal(() => trainStep(run))).toBe(
      'state.cells.0: expected a tensor, got a tensor that was disposed',
    );
  });

  test('a checkpoint of a state of another batch', async () => {
    const run = runOf(delay, { model: statefulModel(delay), carry: 'state' });
    await steps(run, 1);
    const state = await captureState(run);
    const other = runOf(delay, { model: statefulModel(delay), carry: 'state', batchSize: 2 });
    expect(await refusal(() => restoreState(other, state))).toBe(
      'checkpoint: its state.cells.0 is that of 6 sequences, the run has a batchSize of 2',
    );
  });

  test('a checkpoint of another average, or of a function', async () => {
    const averaging = runOf(echo, { average: weightAverage({ decay: 0.9 }) });
    await steps(averaging, 2);
    const state = await captureState(averaging);
    expect(await refusal(() => restoreState(runOf(echo), state))).toBe(
      'checkpoint: it holds averaged weights, and the run has no average',
    );
    expect(await refusal(() => restoreState(runOf(echo, { average: weightAverage() }), state))).toBe(
      'checkpoint: its averages have the decay 0.9, the average of the run has 0.999',
    );
    const plain = await captureState(runOf(echo));
    expect(await refusal(() => restoreState(averaging, plain))).toBe(
      'checkpoint: it holds no averaged weights, and the run has an average',
    );
    expect(await refusal(() => averagedParameters(plain))).toBe('checkpoint: it holds no averaged weights');
    const half = (update: number) => 1 / (1 + update);
    const free = runOf(echo, { schedule: half });
    await steps(free, 3);
    const stored = decodeCheckpoint(encodeCheckpoint(await captureState(free)));
    const model = tinyModel(echo, 5);
    expect(await refusal(() => resumeRun({ model, state: stored, task: echo }))).toBe(
      'schedule: expected the function that the checkpoint was trained with, got none',
    );
    const resumed = await resumeRun({ model, state: stored, task: echo, schedule: half });
    await Promise.all([steps(free, 3), steps(resumed, 3)]);
    expect(await captureState(resumed)).toEqual(await captureState(free));
  });

  test.each<[string, object]>([
    ['accumulate: expected an integer from 1 to batchSize, 6, got 7', { accumulate: 7 }],
    [
      'schedule.to: expected a finite number above 0, got 0',
      { schedule: { kind: 'linear', updates: 1, to: 0 } },
    ],
    [
      'average.decay: expected a number in [0, 1), got 1',
      { average: { decay: 1, updates: 1, parameters: {} } },
    ],
    ["carry: expected 'nothing' or 'state', got 'all'", { carry: 'all' }],
    [
      'state.h: expected finite numbers, got NaN at 1',
      { state: { h: { shape: [6, 1], values: new Float32Array(6).fill(Number.NaN, 1) } } },
    ],
    [
      'state.h: expected 6 sequences along the first axis',
      { state: { h: { shape: [1, 1], values: new Float32Array(1) } } },
    ],
  ])('in a checkpoint: %s', async (message, change) => {
    const state = await captureState(runOf(echo));
    expect(await refusal(() => encodeCheckpoint({ ...state, ...change }))).toContain(message);
  });
});
