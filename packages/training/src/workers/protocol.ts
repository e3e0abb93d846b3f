import type { EpisodeNumbers } from '@tapehead/tasks';
import { type SequenceModel, trainableOf } from '../model.js';
import type { Start } from '../pool.js';
import type { StoredState } from '../stateTree.js';

/** What a worker does for the thread that trains. */
export interface Replica<Config = unknown> {
  /** Builds the worker's own net. @returns its layout, and the name of a cost that is not built in */
  build(config: Config): Promise<{ layout: string[]; cost: string | undefined }>;
  /** One forward and backward pass over a share of a batch. */
  differentiate(share: Share): Promise<ShareGradients>;
}

/** A share of a batch, and all that it takes to compute its part of the objective. */
export interface Share {
  /** All parameters of the net in their order, one behind the other. */
  readonly parameters: Float32Array;
  readonly episodes: readonly EpisodeNumbers[];
  /** The name of the cost. */
  readonly cost: string;
  /** The objective of a cost of 1 of this share, so that the parts of all shares add up. */
  readonly scale: number;
  /** Where its sequences start, and whether their last state is wanted; the learned start where it is left out. */
  readonly start?: Start | undefined;
  /** The names of the parameters that are not frozen; gradients come of these, in the order of the net. */
  readonly trained: readonly string[];
}

/** What a share adds to the objective, and to the gradients of the trained parameters, one behind the other. */
export interface ShareGradients {
  readonly value: number;
  readonly gradients: Float32Array;
  readonly state?: StoredState | undefined;
}

/** What must be the same in two nets for their numbers to mean the same: parameters and gradients, in order. */
export function layoutOf(model: SequenceModel): string[] {
  return [
    ...Object.entries(model.parameters).map(([name, { shape }]) => `parameter ${name} [${shape.join(', ')}]`),
    ...Object.entries(trainableOf(model)).map(
      ([name, { shape }]) => `gradient ${name} [${shape.join(', ')}]`,
    ),
  ];
}
