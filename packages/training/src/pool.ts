import { TapeheadError, textOf } from '@tapehead/core';
import type { Episode } from '@tapehead/tasks';
import type { Cost } from './costs/cost.js';
import type { Gradients } from './gradients.js';
import type { SequenceModel } from './model.js';
import type { Run } from './run.js';

/** Threads that share the batches of one model. */
export interface Pool {
  readonly model: SequenceModel;
  /** This thread and the workers. */
  readonly threads: number;
  /** The gradients of the objective of a whole batch; what `trainStep` asks for. The caller disposes them. */
  gradientsOf(
    episodes: readonly Episode[],
    scaled: { readonly cost: Cost; readonly scale: number },
  ): Promise<Gradients>;
  /** Ends the workers; the pool is not to be used after this. */
  close(): Promise<void>;
}

/** @throws TapeheadError `argument` unless it is a pool, made for the run's model */
export function checkPool(pool: Pool, run: Run): void {
  if (typeof pool !== 'object' || pool === null || typeof pool.gradientsOf !== 'function') {
    throw new TapeheadError('argument', `pool: expected one of createPool, got ${textOf(pool)}`);
  }
  if (pool.model === run.model) return;
  throw new TapeheadError(
    'argument',
    "pool: expected one of the run's own model, got one of another; createPool({ model: run.model, … })",
  );
}
