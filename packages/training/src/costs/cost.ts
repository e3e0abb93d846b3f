import type { Cost as LogitsCost, Targets } from '@tapehead/tasks';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import type { ActivationName } from './activations.js';

/** What the mean of a cost is taken over: the sequences of a batch, its scored steps, or the scored numbers of its targets. */
export type MeanOver = 'sequences' | 'steps' | 'numbers';

/**
 * How wrong the answers of a net are, in a unit. Built in are `sigmoidCrossEntropy`, `softmaxCrossEntropy` and
 * `meanSquaredError`; {@link customCost} makes others. It holds no state: checkpoints and workers know it by its name.
 */
export interface Cost {
  /** What checkpoints and workers know it by. */
  readonly name: string;
  /** The unit of its values, such as `bits`: for tables and messages. */
  readonly unit: string;
  /** What it takes: the logits of the net, or its output, which is the logits after `config.outputActivation`. */
  readonly takes: 'logits' | 'output';
  /** What the targets have to be. */
  readonly targets: Targets;
  /** The output activations of the nets that it fits; any, where it is left out. */
  readonly fits?: readonly string[] | undefined;
  /** What its values are means over. Parts of a batch are weighted by this, so that they add up to the cost of the batch. */
  readonly over: MeanOver;
  /** The mean of 1,000 sequences under which a task is solved; left out where the scale of the targets decides. */
  readonly solvedBelow?: number | undefined;
  /** What a cost of 1 counts in the objective: ln 2 for bits, so that gradients are of nats. 1 where it is left out. */
  readonly perUnit?: number | undefined;
  /**
   * The cost of a batch.
   * @param answer `[batch, time, outputSize]`, as `takes` says
   * @param target `[batch, time, outputSize]`
   * @param mask `[batch, time]`, at least 0; 0 where the answer does not count
   * @returns a scalar that is differentiable in `answer`
   */
  readonly of: CostFunction;
  /** The same as a function of the logits, where that has a slope of its own and needs no tape. */
  readonly scaled?: ScaledCost | undefined;
}

/** The mean cost of the answers of a batch, a scalar. */
export type CostFunction = (answer: Tensor, target: Tensor, mask: Tensor) => Scalar;

/**
 * The cost of a batch times `scale`, as a function of the logits.
 * @param activation that of the net's output
 */
export type ScaledCost = (
  target: Tensor,
  mask: Tensor,
  scale: number,
  activation: ActivationName,
) => LogitsCost;
