import { TapeheadError, textOf } from '@tapehead/core';
import type { Episode } from '@tapehead/tasks';
import type { NamedTensorMap, Scalar } from '@tensorflow/tfjs-core';
import type { Cost } from './costs/cost.js';

import type { SequenceModel } from './model.js';
import type { Run } from './run.js';
import type { StoredState } from './stateTree.js';

/** Where the sequences of a batch start, and whether the state after their last steps is wanted. */
export interface Start {
  readonly state: StoredState | undefined;
  readonly final: 'wanted' | 'not wanted';
}

/** Threads that share the batches of one model. */
export interface Pool {
  readonly model: SequenceModel;
  /** This thread and the workers. */
  readonly threads: number;
  /** The objective of a batch and its gradients; what `trainStep` asks for. The caller disposes them. */
  differentiate(
    episodes: readonly Episode[],
    scaled: { readonly cost: Cost; readonly scale: number },
    start?: Start,
  ): Promise<{ value: Scalar; gradients: NamedTensorMap; state?: StoredState }>;
  /** Ends the workers; the pool is not to be used after this. */
  close(): Promise<void>;
}

/** @throws TapeheadError `argument` unless it is a pool, made for the run's model */
export function checkPool(pool: Pool, run: Run): void {
  if (typeof pool !== 'object' || pool === null || typeof pool.differentiate !== 'function') {
    throw new TapeheadError('argument', `pool: expected one of createPool, got ${textOf(pool)}`);
  }
  if (pool.model === run.model) return;
  throw new TapeheadError(
    'argument',
    "pool: expected one of the run's own model, got one of another; createPool({ model: run.model, … })",
  );
}
