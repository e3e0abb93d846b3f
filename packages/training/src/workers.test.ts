import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { isTapeheadError } from '@tapehead/core';
import type { Task } from '@tapehead/tasks';
import { expectClose, onEachBackend } from '@tapehead/testing';
import { getBackend, memory } from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { captureState } from './capture.js';
import type { Cost } from './costs/cost.js';
import type { Objective } from './gradients.js';
import { gravesRmsProp } from './gravesRmsProp.js';
import type { Pool } from './pool.js';
import { restoreState } from './restore.js';
import { createRun, type Run, type RunOptions } from './run.js';
import { trainStep } from './step.js';
import { bundledWorker } from './testing/bundledWorker.js';
import { meanAbsoluteError } from './testing/meanAbsoluteError.js';
import { counts, sums } from './testing/otherTasks.js';
import { numbersOf, tinyModel } from './testing/tinyModel.js';
import { echo } from './testing/tinyTasks.js';
import type { TinyConfig } from './testing/tinyWorker.js';
import { type TrainOptions, train } from './train.js';
import { createPool, serve } from './workers.js';

let script: URL;
beforeAll(async () => {
  script = await bundledWorker();
});

const pools: Pool[] = [];
afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.close())));

function tinyRun(options: Partial<RunOptions> = {}): Run {
  const optimizer = gravesRmsProp({ learningRate: 1e-2 });
  return createRun({
    model: tinyModel(echo),
    task: echo,
    optimizer,
    batchSize: 16,
    clip: { norm: 1 },
    ...options,
  });
}

interface TinyPool extends Partial<TinyConfig> {
  threads?: number;
  timeout?: number;
}

/** A pool for the run's model, and its workers. */
async function tinyPool({ model }: Run, { threads = 2, timeout = 10_000, ...changes }: TinyPool = {}) {
  const workers: Worker[] = [];
  const worker = () => {
    const made = new Worker(script);
    workers.push(made);
    return made;
  };
  const { inputSize, outputSize } = echo;
  const config: TinyConfig = { backend: getBackend(), inputSize, outputSize, ...changes };
  const pool = await createPool({ model, threads, worker, config, timeout });
  pools.push(pool);
  return { pool, workers };
}

async function finish(run: Run, options: TrainOptions): Promise<void> {
  for await (const _ of train(run, options));
}

const failure = async (work: Promise<unknown>) =>
  work.then(
    () => expect.fail('expected an error'),
    (error: unknown) =>
      isTapeheadError(error) ? error : expect.fail(`expected a TapeheadError, got ${error}`),
  );

onEachBackend('a pool', () => {
  test.each<[Objective, number]>([
    ['sum', 2],
    ['mean', 2],
    ['sum', 3],
  ])('trains as one thread does: objective %s, %i threads', async (objective, threads) => {
    const [alone, shared] = [tinyRun({ objective }), tinyRun({ objective })];
    const { pool } = await tinyPool(shared, { threads });
    for (let step = 0; step < 8; step++) {
      const [one, many] = [await trainStep(alone), await trainStep(shared, { pool })];
      expectClose(many.cost, one.cost, 1e-5);
      expectClose(many.gradientNorm, one.gradientNorm, 1e-5);
    }
    const wanted = numbersOf(alone.model);
    for (const [name, numbers] of Object.entries(numbersOf(shared.model))) {
      expectClose(numbers, wanted[name] ?? [], 1e-5, name);
    }
  });

  test('leaves alone what is frozen at the moment, as one thread does', async () => {
    const [alone, shared] = [tinyRun(), tinyRun()];
    const { pool } = await tinyPool(shared);
    const freeze = (trainable: boolean) => {
      for (const { model } of [alone, shared]) {
        const { kernel } = model.parameters;
        if (kernel !== undefined) kernel.trainable = trainable;
      }
    };
    for (const trainable of [true, false, true]) {
      freeze(trainable);
      const before = numbersOf(shared.model).kernel;
      for (let step = 0; step < 3; step++) {
        const [one, many] = [await trainStep(alone), await trainStep(shared, { pool })];
        expectClose(many.gradientNorm, one.gradientNorm, 1e-5);
      }
      const { kernel, bias } = numbersOf(shared.model);
      expectClose(bias ?? [], numbersOf(alone.model).bias ?? [], 1e-5);
      expectClose(kernel ?? [], numbersOf(alone.model).kernel ?? [], 1e-5);
      if (!trainable) expect(kernel).toEqual(before);
    }
  });

  test('leaves nothing in memory', async () => {
    const run = tinyRun();
    const { pool } = await tinyPool(run);
    await finish(run, { sequences: 32, pool });
    const before = memory();
    await finish(run, { sequences: 320, pool });
    expect(memory().numTensors).toBe(before.numTensors);
    expect(memory().numBytes).toBe(before.numBytes);
  });
});

test.each<[string, Task, Cost | undefined, Objective]>([
  ['classes', counts, undefined, 'sum'],
  ['classes', counts, undefined, 'mean'],
  ['numbers', sums, undefined, 'sum'],
  ['a cost that the worker brings', sums, meanAbsoluteError, 'mean'],
])('adds up a cost of %s over episodes of different lengths', async (_, task, cost, objective) => {
  const options = { task, objective, ...(cost && { cost }), batchSize: 7 };
  const [alone, shared] = [
    tinyRun({ ...options, model: tinyModel(task) }),
    tinyRun({ ...options, model: tinyModel(task) }),
  ];
  const { inputSize, outputSize } = task;
  const { pool } = await tinyPool(shared, { threads: 3, inputSize, outputSize });
  for (let step = 0; step < 4; step++) {
    const [one, many] = [await trainStep(alone), await trainStep(shared, { pool })];
    expectClose(many.cost, one.cost, 1e-5);
    expectClose(many.gradientNorm, one.gradientNorm, 1e-4);
  }
});

test('refuses a cost that its workers do not know, and goes on with others', async () => {
  const unknown = { ...meanAbsoluteError, name: 'mine' };
  const run = tinyRun({ cost: unknown });
  const { pool } = await tinyPool(run);
  expect((await failure(trainStep(run, { pool }))).message).toBe(
    "pool: a worker does not know the cost 'mine', and a function cannot be sent to it; " +
      'give it to the worker: serve({ build, cost })',
  );
  await trainStep(createRun({ ...run, cost: meanAbsoluteError }), { pool });
});

test('gives the same run again, bit for bit', async () => {
  const runs = [tinyRun(), tinyRun()];
  for (const run of runs) {
    const { pool } = await tinyPool(run);
    await finish(run, { sequences: 160, pool });
  }
  const [first, second] = await Promise.all(runs.map(captureState));
  expect(second).toEqual(first);
});

test('fewer sequences than threads, and other backends beside, make no difference', async () => {
  const [alone, shared] = [tinyRun({ batchSize: 2 }), tinyRun({ batchSize: 2 })];
  const { pool } = await tinyPool(shared, { threads: 3, backend: 'cpu' });
  await finish(alone, { sequences: 8 });
  await finish(shared, { sequences: 8, pool });
  expectClose(numbersOf(shared.model).kernel ?? [], numbersOf(alone.model).kernel ?? [], 1e-5);
});

test('a state holds nothing of the threads: one run goes on with any number of them', async () => {
  const [first, second] = [tinyRun(), tinyRun()];
  const { pool } = await tinyPool(first);
  await finish(first, { sequences: 64, pool });
  await restoreState(second, await captureState(first));
  expect(await captureState(second)).toEqual(await captureState(first));
  const { pool: three } = await tinyPool(second, { threads: 3 });
  await finish(first, { sequences: 128 });
  await finish(second, { sequences: 128, pool: three });
  expectClose(numbersOf(second.model).kernel ?? [], numbersOf(first.model).kernel ?? [], 1e-5);
});

test('an abort stops it between steps, and it can go on', async () => {
  const run = tinyRun();
  const { pool } = await tinyPool(run);
  const controller = new AbortController();
  const steps = train(run, { signal: controller.signal, pool });
  await steps.next();
  controller.abort();
  expect(await steps.next()).toEqual({ done: true, value: 'aborted' });
  await finish(run, { sequences: 48, pool });
  expect(run.step).toBe(3);
});

test('one thread is no worker', async () => {
  const run = tinyRun();
  const { pool, workers } = await tinyPool(run, { threads: 1 });
  await finish(run, { sequences: 16, pool });
  expect(workers).toEqual([]);
});

describe('what goes wrong is one error, and ends the workers', () => {
  test.each([
    ['cannot build', 'pool: worker 1 failed: no net today'],
    ['throws', 'pool: worker 1 failed: no gradients today'],
    ['ends', 'pool: worker 1 failed: it ended with code 3'],
    ['hangs', 'pool: a worker failed: no gradients within 5 s'],
  ] as const)('%s', async (fate, message) => {
    const run = tinyRun();
    const before = await captureState(run);
    const tensors = memory().numTensors;
    const error = await failure(
      (async () => {
        const { pool } = await tinyPool(run, { fate, timeout: fate === 'hangs' ? 5000 : 10_000 });
        await finish(run, { sequences: 16, pool });
      })(),
    );
    expect(error).toMatchObject({ code: 'worker', message });
    expect(memory().numTensors).toBe(tensors);
    expect(await captureState(run)).toEqual(before);
  });

  test('one that is killed, whether it has something in hand or not', async () => {
    const run = tinyRun();
    const { pool, workers } = await tinyPool(run, { threads: 3, fate: 'hangs' });
    const ended = workers.map((worker) => once(worker, 'exit'));
    const step = failure(trainStep(run, { pool }));
    setTimeout(() => workers[1]?.terminate(), 100);
    const { message } = await step;
    expect(message).toBe('pool: worker 2 failed: it ended with code 1');
    await Promise.all(ended);
    expect((await failure(trainStep(run, { pool }))).message).toBe(message);
  });

  test('a script that is not there', async () => {
    const missing = new URL('./missing.js', script);
    const { model } = tinyRun();
    const error = await failure(createPool({ model, threads: 2, worker: () => new Worker(missing) }));
    expect(error.message).toMatch(/^pool: worker 1 failed: Cannot find module/);
  });

  test('a net of other shapes', async () => {
    const error = await failure(tinyPool(tinyRun(), { inputSize: 4 }));
    expect(error.message).toBe(
      "pool: expected the net of a worker to be the model's, with parameter kernel [3, 3], got parameter kernel [4, 3]; " +
        'build it from the same config',
    );
  });

  test('a config that no message can carry', async () => {
    const { model } = tinyRun();
    const config = { activation: () => 0 };
    const error = await failure(createPool({ model, threads: 2, config, worker: () => new Worker(script) }));
    expect(error.message).toMatch(/^pool: worker 1 failed: .* could not be cloned/);
  });

  test('a pool that was closed, whose workers are gone', async () => {
    const run = tinyRun();
    const { pool, workers } = await tinyPool(run, { threads: 3 });
    const ended = workers.map((worker) => once(worker, 'exit'));
    await pool.close();
    await Promise.all(ended);
    expect((await failure(trainStep(run, { pool }))).message).toBe(
      'pool: expected an open one, got one that was closed',
    );
  });

  test("a pool of another run's model, or for no threads at all", async () => {
    const { pool } = await tinyPool(tinyRun());
    expect((await failure(trainStep(tinyRun(), { pool }))).code).toBe('argument');
    const error = await failure(
      createPool({ model: pool.model, threads: 0, worker: () => new Worker(script) }),
    );
    expect(error.message).toBe('threads: expected an integer from 1 to 1024, got 0');
  });

  test('options that make no sense, by name', async () => {
    const { model } = tinyRun();
    const whole = { model, threads: 2, worker: () => new Worker(script) };
    const mistakes: [odd: object | undefined, message: string][] = [
      [undefined, 'createPool: expected an object of options, got undefined'],
      [{ ...whole, thread: 2 }, "createPool: unknown option 'thread', did you mean 'threads'?"],
      [
        { ...whole, model: undefined },
        'model: expected one with parameters and sequence, such as NTM.build(…), got undefined',
      ],
      [{ ...whole, threads: 1e9 }, 'threads: expected an integer from 1 to 1024, got 1000000000'],
      [{ ...whole, worker: 'x.js' }, "worker: expected a function that makes a worker, got 'x.js'"],
      [
        { ...whole, worker: () => undefined },
        'worker: expected a function that makes a Worker, got undefined',
      ],
      [
        { ...whole, worker: () => ({ postMessage: () => {}, terminate: () => {}, on: 1 }) },
        'worker: expected a function that makes a Worker, got an object',
      ],
      [
        {
          ...whole,
          worker: () => {
            throw new Error('no such file');
          },
        },
        'worker: the function that makes a Worker failed: no such file',
      ],
      [{ ...whole, timeout: 1e10 }, 'timeout: expected a number from 0 to 2147483647, got 10000000000'],
      [{ ...whole, timeout: Number.NaN }, 'timeout: expected a finite number above 0, got NaN'],
    ];
    for (const [odd, message] of mistakes) {
      const error = await failure(Reflect.apply(createPool, undefined, [odd]));
      expect(error.message).toBe(message);
    }
    expect(() => Reflect.apply(serve, undefined, [{}])).toThrow('build: expected a function, got undefined');
    expect(() => Reflect.apply(serve, undefined, [{ bild: () => model }])).toThrow("did you mean 'build'?");
    expect(() => serve({ build: () => model })).toThrow('serve: expected to be called in a worker');
  });
});
