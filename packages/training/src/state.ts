import type { Clip } from './clip.js';
import type { Objective } from './gradients.js';
import type { Carry } from './run.js';
import type { PlainSchedule } from './schedule.js';
import type { StoredState } from './stateTree.js';
import type { StoredTensor } from './tensorData.js';

/** One tensor of an optimizer; its name begins with the parameter's, as in `headKernel/n`. */
export interface OptimizerWeight extends StoredTensor {
  readonly name: string;
}

/** A `WeightAverage` at one moment. */
export interface StoredAverage {
  readonly decay: number;
  readonly updates: number;
  readonly parameters: Readonly<Record<string, StoredTensor>>;
}

/** All that a run is at one moment, as plain data: a run continued from it equals one that never stopped. */
export interface TrainingState {
  /** `model.config`, where the model has one. */
  readonly model: object | undefined;
  readonly task: { readonly name: string; readonly settings: object };
  /** All parameters, those that are not trained included. */
  readonly parameters: Readonly<Record<string, StoredTensor>>;
  readonly optimizer: {
    readonly className: string;
    readonly config: object;
    /** What `optimizer.getWeights()` gave, in its order. */
    readonly weights: readonly OptimizerWeight[];
  };
  readonly batchSize: number;
  readonly clip: Clip;
  readonly objective: Objective;
  /** The cost by its name, and the unit of `costs`. Files from before there was a choice lack it: theirs is in bits. */
  readonly cost: { readonly name: string; readonly unit: string };
  /** Passes per update; 1 where it is left out. */
  readonly accumulate?: number;
  /** Constant where it is left out; of a function it is only known that it was one. */
  readonly schedule?: PlainSchedule | 'function';
  /** The averages by the names of the parameters, where the run averages. */
  readonly average?: StoredAverage;
  /** What goes from one sequence to the next; `nothing` where it is left out. */
  readonly carry?: Carry;
  /** Where the next sequences start; the learned start where it is left out. */
  readonly state?: StoredState;
  readonly step: number;
  readonly sequences: number;
  readonly random: readonly number[];
  readonly costs: Float64Array;
  /** Plain JSON that a program wants to find again. A checkpoint carries it, and nothing here reads it. */
  readonly notes?: object;
}
