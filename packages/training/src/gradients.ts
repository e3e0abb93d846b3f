import { TapeheadError, textOf } from '@tapehead/core';
import { type Batch, batchOf, type Cost, type Episode, scaledCost, scoredBits } from '@tapehead/tasks';
import {
  type NamedTensorMap,
  type Scalar,
  stack,
  Tensor,
  tidy,
  variableGrads,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { normOf } from './clip.js';
import { fusedMeasures, hasGuardedKernels } from './fused/kernels.js';
import { logitsOf, type SequenceModel, trainedOf } from './model.js';

/**
 * What the gradient is taken of; the cost is reported in bits a sequence all the same.
 * `mean`: nats, the mean over all scored bits of the batch, so that long sequences do not weigh more.
 * `sum`: nats, summed over a sequence, the mean over the batch.
 */
export type Objective = 'mean' | 'sum';

/** The objective of a cost of one bit a sequence. */
export function objectivePerBit(objective: Objective, episodes: readonly Episode[]): number {
  if (objective === 'sum') return Math.LN2;
  const bits = episodes.reduce((sum, episode) => sum + scoredBits(episode), 0);
  return (Math.LN2 * episodes.length) / Math.max(1, bits);
}

/** An objective and its gradients by the variables' own names, in the order of those that are trained. */
export type Differentiated = { value: Scalar; gradients: NamedTensorMap };

/** One forward and backward pass, with `perBit` the objective of a cost of one bit a sequence. */
export function differentiate(model: SequenceModel, batch: Batch, perBit: number): Differentiated {
  const variables = Object.values(trainedOf(model));
  return tidy(() => {
    const cost = scaledCost(batch.target, batch.mask, perBit);
    const { value, grads } =
      differentiatedBy(model, batch.input, cost) ??
      variableGrads(() => cost(logitsOf(model, batch.input, batch.target)), variables);
    const gradients = Object.fromEntries(
      variables.map((each) => [each.name, grads[each.name] ?? zerosLike(each)]),
    );
    return { value, gradients };
  });
}

/** What a model's own `differentiate` gives. @throws TapeheadError `argument` unless it is a cost with gradients */
function differentiatedBy(
  model: SequenceModel,
  input: Batch['input'],
  cost: Cost,
): { value: Scalar; grads: NamedTensorMap } | undefined {
  if (model.differentiate === undefined) return undefined;
  const given = model.differentiate(input, cost);
  const fits =
    typeof given === 'object' &&
    given !== null &&
    given.value instanceof Tensor &&
    given.value.size === 1 &&
    typeof given.grads === 'object' &&
    given.grads !== null &&
    Object.values(given.grads).every((each) => each instanceof Tensor);
  if (fits) return given;
  throw new TapeheadError(
    'argument',
    `model.differentiate: expected { value, grads }, a scalar and tensors by name, got ${textOf(given)}`,
  );
}

/**
 * The gradients of a batch, and `measures` `[2]`: the objective and ‖g‖, together because reading is what costs. `packed`,
 * on a GPU, has the gradients one behind the other.
 */
export type Gradients = { gradients: NamedTensorMap; measures: Tensor; packed?: Tensor };

/** Call it in a tidy. */
export function measured({ value, gradients }: Differentiated): Gradients {
  if (hasGuardedKernels()) return { gradients, ...fusedMeasures(value, Object.values(gradients)) };
  return { gradients, measures: stack([value, normOf(Object.values(gradients))]) };
}

/** The gradients of the mean objective of the episodes, computed here. The caller disposes them. */
export function gradientsOf(model: SequenceModel, episodes: readonly Episode[], perBit: number): Gradients {
  return tidy(() => measured(differentiate(model, batchOf(episodes), perBit)));
}
