import { checkInteger, checkOneOf } from '@tapehead/core';
import { createRandom, type Task } from '@tapehead/tasks';
import type { Optimizer } from '@tensorflow/tfjs-core';
import { type Clip, checkClip } from './clip.js';
import type { Objective } from './gradients.js';
import type { SequenceModel } from './model.js';

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
  /** Sequences an update. */
  batchSize?: number;
  clip?: Clip;
  objective?: Objective;
  /** Decides the episodes: an integer from 0 to 2³² − 1. */
  seed?: number;
}

/**
 * A run that has not begun.
 * @throws TapeheadError `range` or `argument` for a batch size, a clip, an objective or a seed that makes no sense
 */
export function createRun({
  model,
  task,
  optimizer,
  batchSize = 1,
  clip = { norm: 10 },
  objective = 'sum',
  seed = 0,
}: RunOptions): Run {
  checkInteger('batchSize', batchSize);
  checkClip(clip);
  checkOneOf('objective', objective, ['mean', 'sum']);
  const random = createRandom(seed).state();
  const costs = new Float64Array(SOLVED_WINDOW);
  return { model, task, optimizer, batchSize, clip, objective, step: 0, sequences: 0, random, costs };
}

/** The mean cost of the last 1,000 sequences, or of all if there are fewer, in bits; NaN before the first. */
export function meanBits({ costs, sequences }: Pick<Run, 'costs' | 'sequences'>): number {
  const count = Math.min(sequences, costs.length);
  let sum = 0;
  for (let i = 0; i < count; i++) sum += costs[i] ?? 0;
  return sum / count;
}

/** Whether the mean cost of the last 1,000 sequences is under 0.05 bits. */
export function isSolved(run: Pick<Run, 'costs' | 'sequences'>): boolean {
  return run.sequences >= SOLVED_WINDOW && meanBits(run) < SOLVED_BITS;
}
