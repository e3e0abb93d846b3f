import { checkInteger, checkOneOf, checkOptions, TapeheadError, textOf } from '@tapehead/core';
import { createRandom, type Task } from '@tapehead/tasks';
import type { Optimizer } from '@tensorflow/tfjs-core';
import { type Clip, checkClip } from './clip.js';
import { checkTask } from './episodes.js';
import type { Objective } from './gradients.js';
import { checkMembers, checkModel, type SequenceModel } from './model.js';

/** The sequences whose mean cost decides whether a task is solved. */
export const SOLVED_WINDOW = 1000;
/** The mean cost, in bits a sequence, under which a task is solved. */
export const SOLVED_BITS = 0.05;

/** What one training run is: what it was given, and all that it changes as it goes on. */
export interface Run {
  readonly model: SequenceModel;
  readonly task: Task;
  readonly optimizer: Optimizer;
  readonly batchSize: number;
  readonly clip: Clip;
  readonly objective: Objective;
  /** Updates so far. */
  step: number;
  /** Sequences so far. */
  sequences: number;
  /** `Random.state()`, from which the next episode is drawn. */
  random: readonly number[];
  /** The cost in bits of the last 1,000 sequences; sequence i stands at i mod 1,000. */
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
  /** Decides the episodes: an integer from 0 to 2³² − 1. */
  seed?: number;
}

/** The most sequences of an update. */
export const MOST_SEQUENCES = 65_536;

const optionNames = ['model', 'task', 'optimizer', 'batchSize', 'clip', 'objective', 'seed'];
/** What of a run changes as it goes on. */
const counted = ['step', 'sequences', 'random', 'costs'];

/**
 * A run that has not begun. `createRun({ ...run, optimizer })` begins again with the options of another run.
 * @throws TapeheadError `argument` for a model, a task or an optimizer that is missing or of another kind, and for an
 * unknown option; `range` or `argument` for a batch size, a clip, an objective or a seed that makes no sense
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
  const random = createRandom(seed).state();
  const costs = new Float64Array(SOLVED_WINDOW);
  return { model, task, optimizer, batchSize, clip, objective, step: 0, sequences: 0, random, costs };
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
  const { model, task, optimizer, batchSize, clip, objective, step } = run;
  checkMembers(model);
  checkTask(task);
  checkOptimizer(optimizer);
  checkInteger('batchSize', batchSize, 1, MOST_SEQUENCES);
  checkClip(clip);
  checkOneOf('objective', objective, ['mean', 'sum']);
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
 * The mean cost of the last 1,000 sequences, or of all if there are fewer, in bits; NaN before the first.
 * @throws TapeheadError `argument` unless it is a run
 */
export function meanBits(run: Pick<Run, 'costs' | 'sequences'>): number {
  checkCounted('meanBits', run);
  const { costs, sequences } = run;
  const count = Math.min(sequences, costs.length);
  let sum = 0;
  for (let i = 0; i < count; i++) sum += costs[i] ?? 0;
  return sum / count;
}

/**
 * Whether the mean cost of the last 1,000 sequences is under 0.05 bits.
 * @throws TapeheadError `argument` unless it is a run
 */
export function isSolved(run: Pick<Run, 'costs' | 'sequences'>): boolean {
  checkCounted('isSolved', run);
  return run.sequences >= SOLVED_WINDOW && meanBits(run) < SOLVED_BITS;
}
