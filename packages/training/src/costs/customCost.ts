import type { Targets } from '@tapehead/tasks';
import { checkCost } from './checkCost.js';
import type { Cost, CostFunction, MeanOver } from './cost.js';

/** What {@link customCost} makes a cost of. */
export interface CostOptions {
  /** What checkpoints and workers know it by; no name of a built-in cost. */
  name: string;
  /** The unit of its values, for tables and messages. */
  unit: string;
  /** The mean cost of a batch, a scalar, by ops with gradients. See {@link Cost}. */
  of: CostFunction;
  /** What `of` takes; `logits` by default. */
  takes?: 'logits' | 'output';
  /** What the targets have to be; `numbers`, any finite ones, by default. */
  targets?: Targets;
  /** The output activations of the nets that it fits; any by default. */
  fits?: readonly string[];
  /** What `of` is the mean over; `sequences` by default. */
  over?: MeanOver;
  /** The mean of 1,000 sequences under which a task is solved; none by default. */
  solvedBelow?: number;
}

/**
 * A cost of your own: any differentiable function of the logits or the output of a batch, its targets and its mask.
 *
 * ```ts
 * const meanAbsoluteError = customCost({
 *   name: 'mean-absolute-error',
 *   unit: 'absolute error',
 *   takes: 'output',
 *   over: 'steps',
 *   of: (output, target, mask) => tf.losses.absoluteDifference(target, output, tf.expandDims(mask, 2)),
 * });
 * ```
 *
 * `over` says what `of` is the mean over, so that parts of a batch add up: threads, accumulated passes, an evaluation.
 * @throws TapeheadError `argument` or `range` that names the option that is missing, unknown or makes no sense
 */
export function customCost(options: CostOptions): Cost {
  const { takes = 'logits', targets = 'numbers', over = 'sequences', ...rest } = options ?? {};
  const cost = { ...rest, takes, targets, over };
  checkCost(cost);
  return Object.freeze(cost);
}
