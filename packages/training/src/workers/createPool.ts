import {
  checkAbove,
  checkInteger,
  checkOptions,
  checkWithin,
  printable,
  TapeheadError,
  textOf,
} from '@tapehead/core';
import type { Episode } from '@tapehead/tasks';
import { addN, dispose, type Scalar, scalar, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { builtInCost } from '../costs/builtIn.js';
import type { Cost } from '../costs/cost.js';
import { weightOf } from '../costs/count.js';
import { checkModel, type SequenceModel, trainedOf } from '../model.js';
import { type Pass, passHere } from '../pass.js';
import type { Pool, Start } from '../pool.js';
import { joinedStates, rowsOfState } from '../stateTree.js';
import type { NodeWorker, PageWorker } from './channel.js';
import { Crew } from './crew.js';
import { flatten, sharedFloats, sizeOf, unflatten } from './flat.js';
import { partsOf } from './parts.js';
import { layoutOf, type ShareGradients } from './protocol.js';

const MOST_THREADS = 1024;
/** In milliseconds: a longer timer would fire at once. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

/** Who computes the gradients of a net: this thread and workers. */
export interface PoolOptions {
  /** The model that is trained; it stays the caller's to dispose. */
  model: SequenceModel;
  /** This thread and the workers. */
  threads: number;
  /** Makes a worker whose script calls `serve`, such as `() => new Worker(new URL('./worker.js', import.meta.url))`. */
  worker: () => NodeWorker | PageWorker;
  /** From which `serve`'s `build` makes the same net: what a message can carry. `model.config` by default. */
  config?: unknown;
  /** The milliseconds that a worker may take to build its net, or longer than this thread over a share of a batch. */
  timeout?: number;
}

/**
 * Threads that share the batches of a model, for `train(run, { pool })`: each worker holds a net of the same shapes, is
 * given the parameters and a part of the batch at every step, and gives back its part of the gradients. The sum over
 * the parts, this thread's first, is the gradient of the whole batch: the same seed and number of threads give the
 * same run, bit for bit, and another number of threads the same up to the order of summation.
 *
 * A worker that fails, ends or does not answer ends them all, and every call with one error. In Node, idle workers do
 * not keep the process from ending.
 * @throws TapeheadError `range` for a number of threads or a timeout that makes no sense; `argument` for a model that is
 * none, a `worker` that makes no worker, and an unknown option; `worker` for a worker that cannot be started, or whose
 * net is another one
 */
export async function createPool(options: PoolOptions): Promise<Pool> {
  checkOptions('createPool', options, ['model', 'threads', 'worker', 'config', 'timeout']);
  const { model, threads, worker, timeout = 60_000 } = options;
  checkModel(model);
  const { config = model.config } = options;
  checkInteger('threads', threads, 1, MOST_THREADS);
  if (typeof worker !== 'function') {
    throw new TapeheadError(
      'argument',
      `worker: expected a function that makes a worker, got ${textOf(worker)}`,
    );
  }
  checkAbove('timeout', timeout, 0);
  checkWithin('timeout', timeout, 0, LONGEST_TIMEOUT);
  const crew = new Crew(timeout);
  let ownCosts: readonly (string | undefined)[] = [];
  try {
    for (let i = 1; i < threads; i++) crew.hire(workerOf(worker));
    const configs = Array.from({ length: threads - 1 }, () => config);
    const replicas = await crew.wait(
      'net',
      crew.ask(configs, (replica, each) => replica.build(each)),
    );
    for (const { layout } of replicas) checkLayout(layout, layoutOf(model));
    ownCosts = replicas.map(({ cost }) => cost);
  } catch (error) {
    await crew.close();
    throw error;
  }
  const parameters = sharedFloats(sizeOf(Object.values(model.parameters)));
  return {
    model,
    threads,
    async differentiate(episodes, scaled, start) {
      const { cost } = scaled;
      const [own, ...others] = partsOf(episodes, threads);
      if (own === undefined || others.length === 0) return passHere(model, episodes, scaled, start);
      for (const own of ownCosts) checkKnown(cost, own);
      const scaleOf = (part: readonly Episode[]) => scaled.scale * weightOf(cost.over, part, episodes);
      const startOf = startsOf(start, [own, ...others]);
      const trained = Object.keys(trainedOf(model));
      await flatten(Object.values(model.parameters), parameters);
      const answers = crew.ask(others, (replica, part) =>
        replica.differentiate({
          parameters,
          episodes: part.map(numbersOf),
          cost: cost.name,
          scale: scaleOf(part),
          start: startOf(part),
          trained,
        }),
      );
      const ours = await passHere(model, own, { cost, scale: scaleOf(own) }, startOf(own));
      try {
        return summed(model, ours, await crew.wait('gradients', answers));
      } finally {
        dispose([ours.value, ours.gradients]);
      }
    },
    close: () => crew.close(),
  };
}

/** Where each part of a batch starts. */
function startsOf(
  start: Start | undefined,
  parts: readonly (readonly Episode[])[],
): (part: readonly Episode[]) => Start | undefined {
  if (start?.state === undefined) return () => start;
  const { state, final } = start;
  let from = 0;
  const starts = new Map(
    parts.map((part) => {
      const to = from + part.length;
      const rows = rowsOfState(state, from, to);
      from = to;
      return [part, { state: rows, final }];
    }),
  );
  return (part) => starts.get(part);
}

/** @param own the name of the cost that a worker brings */
function checkKnown({ name }: Cost, own: string | undefined): void {
  if (own === name || builtInCost(name) !== undefined) return;
  throw new TapeheadError(
    'worker',
    `pool: a worker does not know the cost ${textOf(name)}, and a function cannot be sent to it; ` +
      'give it to the worker: serve({ build, cost })',
  );
}

/** The parts of an objective and its gradients, added up in the order of the threads. */
function summed(model: SequenceModel, ours: Pass, others: readonly ShareGradients[]): Pass {
  const names = Object.values(trainedOf(model)).map(({ name }) => name);
  const states = [ours, ...others].flatMap(({ state }) => (state === undefined ? [] : [state]));
  const sum = tidy(() => {
    const own = names.flatMap((name) => ours.gradients[name] ?? []);
    for (const { gradients } of others) checkSize(gradients, sizeOf(own));
    const all = [own, ...others.map(({ gradients }) => unflatten(gradients, own))];
    const value = addN<Scalar>([ours.value, ...others.map((other) => scalar(other.value))]);
    const sums = names.map((name, i): [string, Tensor] => [name, addN(all.flatMap((part) => part[i] ?? []))]);
    return { value, gradients: Object.fromEntries(sums) };
  });
  return states.length === 0 ? sum : { ...sum, state: joinedStates(states) };
}

/** Names and pictures are for people, and nothing to send. */
function numbersOf({ view, ...numbers }: Episode): Omit<Episode, 'view'> {
  return numbers;
}

function workerOf(make: PoolOptions['worker']): NodeWorker | PageWorker {
  const worker = made(make);
  const isWorker =
    typeof worker === 'object' &&
    worker !== null &&
    typeof worker.postMessage === 'function' &&
    typeof worker.terminate === 'function' &&
    ('on' in worker
      ? typeof worker.on === 'function' && typeof worker.unref === 'function'
      : typeof worker.addEventListener === 'function');
  if (isWorker) return worker;
  throw new TapeheadError(
    'argument',
    `worker: expected a function that makes a Worker, got ${textOf(worker)}`,
  );
}

function made(make: PoolOptions['worker']): NodeWorker | PageWorker {
  try {
    return make();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TapeheadError(
      'argument',
      `worker: the function that makes a Worker failed: ${printable(why)}`,
      {
        cause,
      },
    );
  }
}

function checkSize({ length }: Float32Array, size: number): void {
  if (length === size) return;
  throw new TapeheadError('worker', `pool: expected ${size} gradients of a worker, got ${length}`);
}

function checkLayout(got: readonly string[], wanted: readonly string[]): void {
  for (let i = 0; i < Math.max(got.length, wanted.length); i++) {
    if (got[i] === wanted[i]) continue;
    throw new TapeheadError(
      'worker',
      `pool: expected the net of a worker to be the model's, with ${wanted[i] ?? 'nothing more'}, ` +
        `got ${got[i] ?? 'nothing more'}; build it from the same config`,
    );
  }
}
