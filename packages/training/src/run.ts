import { checkInteger, checkOneOf, checkOptions, TapeheadError, textOf } from '@tapehead/core';
import { createRandom, type Task } from '@tapehead/tasks';
import type { Optimizer } from '@tensorflow/tfjs-core';
import { checkAverage, type WeightAverage } from './average.js';
import { type Clip, checkClip } from './clip.js';
import { defaultCost } from './costs/builtIn.js';
import { checkCost } from './costs/checkCost.js';
import { checkFit } from './costs/checkFit.js';
import type { Cost } from './costs/cost.js';
import { checkTask } from './episodes.js';
import type { Objective } from './gradients.js';
import { checkMembers, checkModel, type SequenceModel } from './model.js';
import { checkScheduled, constant, type Schedule } from './schedule.js';
import { checkStart, type StoredState } from './stateTree.js';

/** The sequences whose mean cost decides whether a task is solved. */
export const SOLVED_WINDOW = 1000;

/** What one training run is: what it was given, and all that it changes as it goes on. */
export interface Run {
  readonly model: SequenceModel;
  readonly task: Task;
  readonly optimizer: Optimizer;
  readonly batchSize: number;
  readonly clip: Clip;
  readonly objective: Objective;
  /** What the net is to make small, and what `costs` holds. */
  readonly cost: Cost;
  readonly accumulate: number;
  readonly schedule: Schedule;
  readonly average: WeightAverage | undefined;
  readonly carry: Carry;
  /** Where sequences start, as it was given; at the learned start where it is undefined. */
  readonly state: object | undefined;
  /** Where the next sequences start instead, once a state has been carried over. */
  carried: StoredState | undefined;
  /** Updates so far. */
  step: number;
  /** Sequences so far. */
  sequences: number;
  /** `Random.state()`, from which the next episode is drawn. */
  random: readonly number[];
  /** The cost of the last 1,000 sequences, in the unit of `cost`; sequence i stands at i mod 1,000. */
  readonly costs: Float64Array;
}

/** What {@link createRun} trains, on what, and how. */
export interface RunOptions {
  model: SequenceModel;
  task: Task;
  /** Such as `gravesRmsProp()` or `adam()`. It and the model stay the caller's to dispose. */
  optimizer: Optimizer;
  /** Sequences per update, from 1 to 65,536. */
  batchSize?: number;
  clip?: Clip;
  objective?: Objective;
  /**
   * `sigmoidCrossEntropy`, in bits, by default; `softmaxCrossEntropy` or `meanSquaredError` for a task whose `targets` are
   * `classes` or `numbers`. `customCost` makes others.
   */
  cost?: Cost;
  /**
   * Passes per update, from 1 to `batchSize`: the sequences of an update are computed in this number of parts, in turn,
   * whose gradients are added up. Memory holds one part.
   */
  accumulate?: number;
  /** A factor of the optimizer's rate that changes from update to update; constant by default. */
  schedule?: Schedule;
  /** Keeps an average of the weights, for {@link withAverage}. It stays the caller's to dispose. None by default. */
  average?: WeightAverage | undefined;
  /**
   * What goes from one sequence to the next. `nothing`: each starts at `state`. `state`: each starts where the one before it
   * in its place of the batch ended, and no gradient flows back there: truncated backpropagation. `nothing` by default.
   */
  carry?: Carry;
  /**
   * Where each sequence starts, or with `carry` the first ones: tensors in records and arrays, with `batchSize` as their
   * first axis, such as `model.initialState(batchSize)`. They stay the caller's. The learned start by default.
   */
  state?: object | undefined;
  /** Decides the episodes: an integer from 0 to 2³² − 1. */
  seed?: number;
}

/** The most sequences of an update. */
export const MOST_SEQUENCES = 65_536;

const optionNames = [
  'model',
  'task',
  'optimizer',
  'batchSize',
  'clip',
  'objective',
  'cost',
  'accumulate',
  'schedule',
  'average',
  'carry',
  'state',
  'seed',
];
/** What of a run changes as it goes on. */
const counted = ['step', 'sequences', 'random', 'costs', 'carried'];

/**
 * A run that has not begun. `createRun({ ...run, optimizer })` begins again with the options of another run.
 * @throws TapeheadError `argument` for a model, a task or an optimizer that is missing or of another kind, and for an
 * unknown option; `range` or `argument` for a batch size, a clip, an objective, a cost or a seed that makes no sense, and
 * for a cost that does not fit the output activation of the model or the targets of the task
 */
export function createRun(options: RunOptions): Run {
  checkOptions('createRun', options, isRun(options) ? [...optionNames, ...counted] : optionNames);
  const { model, task, optimizer, batchSize = 1, clip = { norm: 10 }, objective = 'sum', seed = 0 } = options;
  checkModel(model);
  checkTask(task);
  checkOptimizer(optimizer);
  checkInteger('batchSize', batchSize, 1, MOST_SEQUENCES);
  checkClip(clip);
  checkOneOf('objective', objective, ['mean', 'sum']);
  const { cost = defaultCost(task) } = options;
  checkCost(cost);
  checkFit(cost, model, task);
  const { accumulate = 1, schedule = constant, average, carry = 'nothing', state } = options;
  checkHow({ accumulate, schedule, average, carry, state, batchSize, optimizer });
  const random = createRandom(seed).state();
  const costs = new Float64Array(SOLVED_WINDOW);
  const given = { model, task, optimizer, batchSize, clip, objective, cost };
  const how = { accumulate, schedule, average, carry, state };
  return { ...given, ...how, carried: undefined, step: 0, sequences: 0, random, costs };
}

/** What goes from one sequence to the next. */
export type Carry = 'nothing' | 'state';

/** @throws TapeheadError, by name, for one of the options of an update that makes no sense */
function checkHow(
  how: Pick<Run, 'accumulate' | 'schedule' | 'average' | 'carry' | 'state' | 'batchSize' | 'optimizer'>,
): void {
  checkInteger('accumulate', how.accumulate, 1, how.batchSize);
  checkScheduled(how.schedule, how.optimizer);
  checkAverage(how.average);
  checkOneOf('carry', how.carry, ['nothing', 'state']);
  if (how.state !== undefined) checkStart(how.state, how.batchSize);
}

const isRun = (options: object): boolean =>
  typeof options === 'object' && options !== null && counted.every((name) => name in options);

function checkOptimizer(optimizer: Optimizer): void {
  const isOptimizer =
    typeof optimizer === 'object' &&
    optimizer !== null &&
    typeof optimizer.applyGradients === 'function' &&
    typeof optimizer.getClassName === 'function';
  if (isOptimizer) return;
  throw new TapeheadError(
    'argument',
    `optimizer: expected one of tfjs, such as gravesRmsProp() or adam(), got ${textOf(optimizer)}`,
  );
}

/** @throws TapeheadError `argument` unless it is a run; `range` or `argument`, by name, for a part of it that makes no sense */
export function checkRun(where: string, run: Run): void {
  checkCounted(where, run);
  const { model, task, optimizer, batchSize, clip, objective, cost, step } = run;
  checkMembers(model);
  checkTask(task);
  checkOptimizer(optimizer);
  checkInteger('batchSize', batchSize, 1, MOST_SEQUENCES);
  checkClip(clip);
  checkOneOf('objective', objective, ['mean', 'sum']);
  checkCost(cost);
  checkFit(cost, model, task);
  checkHow(run);
  if (run.carried !== undefined) checkStart(run.carried, batchSize);
  checkInteger('run.step', step, 0);
}

function isCounted({ costs, sequences }: Pick<Run, 'costs' | 'sequences'>): boolean {
  return costs instanceof Float64Array && Number.isSafeInteger(sequences) && sequences >= 0;
}

function checkCounted(where: string, run: Pick<Run, 'costs' | 'sequences'>): void {
  if (typeof run === 'object' && run !== null && isCounted(run)) return;
  throw new TapeheadError('argument', `${where}: expected a run of createRun, got ${textOf(run)}`);
}

/**
 * The mean cost of the last 1,000 sequences, or of all if there are fewer, in the unit of the run's cost; NaN before the
 * first.
 * @param last the mean of fewer of them, from 1 to 1,000
 * @throws TapeheadError `argument` unless it is a run, `range` for another number of sequences
 */
export function meanCost(run: Pick<Run, 'costs' | 'sequences'>, last: number = SOLVED_WINDOW): number {
  checkCounted('meanCost', run);
  checkInteger('last', last, 1, SOLVED_WINDOW);
  const { costs, sequences } = run;
  const count = Math.min(sequences, last);
  // All of them in the order in which they stand, so that the rounding does not depend on where the last one is.
  const first = count === costs.length ? 0 : sequences - count;
  let sum = 0;
  for (let i = first; i < first + count; i++) sum += costs[i % costs.length] ?? 0;
  return sum / count;
}

/**
 * Whether the mean cost of the last 1,000 sequences is under `cost.solvedBelow`: 0.05 bits, where the cost is the default.
 * A run whose cost has no such threshold is never solved.
 * @throws TapeheadError `argument` unless it is a run
 */
export function isSolved(run: Pick<Run, 'costs' | 'sequences' | 'cost'>): boolean {
  checkCounted('isSolved', run);
  checkCost(run.cost);
  const { solvedBelow } = run.cost;
  return solvedBelow !== undefined && isBelow(run, solvedBelow, SOLVED_WINDOW);
}

/** Whether the mean cost of the last `over` sequences, of which there are as many, is under a threshold. */
export function isBelow(run: Pick<Run, 'costs' | 'sequences'>, threshold: number, over: number): boolean {
  return run.sequences >= over && meanCost(run, over) < threshold;
}
