import { TapeheadError, textOf } from '@tapehead/core';
import { type Batch, batchOf, type Episode, type Cost as LogitsCost } from '@tapehead/tasks';
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
import type { Cost } from './costs/cost.js';
import { costOfAnswer, costOfLogits } from './costs/ofModel.js';
import { differentiatedFrom } from './fromState.js';
import { fusedMeasures, hasGuardedKernels } from './fused/kernels.js';
import { type Answer, answerOf, type SequenceModel, trainedOf } from './model.js';
import type { Start } from './pool.js';
import type { StateTree } from './stateTree.js';

/**
 * What the gradient is taken of; the cost is reported in its own unit all the same.
 * `mean`: the mean over all scored steps or numbers of the batch, so that long sequences do not weigh more.
 * `sum`: summed over a sequence, the mean over the batch.
 * Costs in bits count in nats here.
 */
export type Objective = 'mean' | 'sum';

/** A cost, and the objective of a cost of 1. */
export interface Scaled {
  readonly cost: Cost;
  readonly scale: number;
}

/** An objective and its gradients by the variables' own names, in the order of those that are trained. */
export type Differentiated = { value: Scalar; gradients: NamedTensorMap };

/** An objective, its gradients, and the state after the last step where that was wanted. All tensors are the caller's. */
export type DifferentiatedFrom = Differentiated & { state?: StateTree<Tensor> };

/** One forward and backward pass. */
export function differentiate(
  model: SequenceModel,
  batch: Batch,
  { cost, scale }: Scaled,
  start?: Start,
): DifferentiatedFrom {
  const variables = Object.values(trainedOf(model));
  return tidy(() => {
    const ofLogits = costOfLogits(cost, model, batch, scale);
    const costOf = (answer: Answer): Scalar =>
      ofLogits ? ofLogits(answer.logits) : costOfAnswer(cost, model, answer, batch, scale);
    const { value, grads, ...final } =
      start !== undefined
        ? differentiatedFrom(model, batch, costOf, variables, start)
        : ((ofLogits && differentiatedBy(model, batch.input, ofLogits)) ??
          variableGrads(() => costOf(answerOf(model, batch.input, batch.target)), variables));
    const gradients = Object.fromEntries(
      variables.map((each) => [each.name, grads[each.name] ?? zerosLike(each)]),
    );
    return { value, gradients, ...final };
  });
}

/** What a model's own `differentiate` gives. @throws TapeheadError `argument` unless it is a cost with gradients */
function differentiatedBy(
  model: SequenceModel,
  input: Batch['input'],
  cost: LogitsCost,
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

/** The objective of the episodes and its gradients, computed here. */
export function differentiateEpisodes(
  model: SequenceModel,
  episodes: readonly Episode[],
  scaled: Scaled,
  start?: Start,
): DifferentiatedFrom {
  return tidy(() => differentiate(model, batchOf(episodes, scaled.cost.targets), scaled, start));
}

/** The gradients of the objective of the episodes, computed here. The caller disposes them. */
export function gradientsOf(model: SequenceModel, episodes: readonly Episode[], scaled: Scaled): Gradients {
  return tidy(() => measured(differentiate(model, batchOf(episodes, scaled.cost.targets), scaled)));
}
