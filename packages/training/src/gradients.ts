import { type Batch, costInBits } from '@tapehead/tasks';
import {
  mul,
  type NamedTensorMap,
  type Scalar,
  stack,
  type Tensor,
  type Tensor3D,
  tidy,
  variableGrads,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { globalNorm } from './clip.js';
import { type SequenceModel, trainableOf } from './model.js';

/**
 * What the gradient is taken of; the cost is reported in bits a sequence all the same.
 * `mean`: nats, the mean over all scored bits of the batch, so that long sequences do not weigh more.
 * `sum`: nats, summed over a sequence, the mean over the batch.
 */
export type Objective = 'mean' | 'sum';

/** The objective of a cost of one bit a sequence. */
export function objectivePerBit(objective: Objective, batch: Batch): number {
  return objective === 'sum' ? Math.LN2 : (Math.LN2 * batch.input.shape[0]) / Math.max(1, batch.scoredBits);
}

/**
 * One forward and backward pass.
 * @returns `gradients` by the variables' own names, in the order of the trainable ones, and `measures` `[2]`: the
 * objective and ‖g‖, together because reading a tensor is what costs. The caller disposes both.
 */
export function gradientsOf(
  model: SequenceModel,
  batch: Batch,
  perBit: number,
): { gradients: NamedTensorMap; measures: Tensor } {
  const variables = Object.values(trainableOf(model));
  return tidy(() => {
    const cost = (logits: Tensor3D): Scalar => mul(costInBits(logits, batch.target, batch.mask), perBit);
    const { value, grads } =
      model.differentiate?.(batch.input, cost) ??
      variableGrads(() => cost(model.sequence(batch.input).logits), variables);
    const gradients = Object.fromEntries(
      variables.map((each) => [each.name, grads[each.name] ?? zerosLike(each)]),
    );
    return { gradients, measures: stack([value, globalNorm(gradients)]) };
  });
}
