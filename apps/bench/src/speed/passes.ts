import {
  axisOf,
  type Batch,
  batchOf,
  type Cost,
  createRandom,
  type Episode,
  scaledCost,
  type Task,
} from '@tapehead/tasks';
import {
  createRun,
  gravesRmsProp,
  type Run,
  type SequenceModel,
  type StepOptions,
  trainStep,
} from '@tapehead/training';
import { dispose, type Scalar, type Tensor, type Tensor3D, tidy, variableGrads } from '@tensorflow/tfjs-core';

/** What can be timed: a model, with a forward pass of its own where `sequence` is not what its users call. */
export interface SpeedModel extends SequenceModel {
  forward?(input: Tensor3D): Tensor;
  dispose(): void;
}

/**
 * `train`: one training iteration. `gradient`: a cost and its gradients, without clipping and optimizer. `infer`: a
 * forward pass without gradients.
 */
export type ModelPass = 'train' | 'gradient' | 'infer';

export interface ModelWork {
  readonly run: Run;
  readonly passes: Readonly<Record<ModelPass, (how?: StepOptions) => Promise<void>>>;
  /** Frees all but the model. */
  dispose(): void;
}

/** Episodes of a task that has a length, the same at each call. */
export function episodesOf(task: Task, batch: number, length: number): Episode[] {
  const random = createRandom(1);
  return Array.from({ length: batch }, () => task.episode(random, axisOf(task, 'length').at(length)));
}

/**
 * The passes of a model over the same episodes each time. `train` is one `trainStep`: the episodes become tensors, forward,
 * back, clipping of the global norm, Graves's RMSProp. `gradient` starts from tensors. All end when their result is read.
 */
export function passesOf(model: SpeedModel, task: Task, episodes: readonly Episode[]): ModelWork {
  const optimizer = gravesRmsProp();
  const run = createRun({ model, task: prepared(task, episodes), optimizer, batchSize: episodes.length });
  const tensors = batchOf(episodes);
  const cost = scaledCost(tensors.target, tensors.mask, Math.LN2);
  return {
    run,
    passes: {
      async train(how) {
        await trainStep(run, how);
      },
      gradient: () => readOf(() => costOf(model, tensors, cost)),
      infer: () => readOf(() => forwardOf(model, tensors.input)),
    },
    dispose() {
      dispose(tensors);
      optimizer.dispose();
    },
  };
}

/** Computes the gradients of all parameters too. */
function costOf(model: SpeedModel, { input }: Batch, cost: Cost): Scalar {
  if (model.differentiate) return model.differentiate(input, cost).value;
  const variables = Object.values(model.trainable ?? model.parameters);
  return variableGrads(() => cost(model.sequence(input).logits), variables).value;
}

const forwardOf = (model: SpeedModel, input: Tensor3D): Tensor =>
  model.forward?.(input) ?? model.sequence(input).logits;

async function readOf(work: () => Tensor): Promise<void> {
  const result = tidy(work);
  await result.data();
  result.dispose();
}

/** The task with its episodes drawn beforehand, one after the other, over and over. */
function prepared(task: Task, episodes: readonly Episode[]): Task {
  let next = 0;
  const episode = (): Episode => {
    const drawn = episodes[next];
    if (drawn === undefined) throw new Error('a batch has an episode');
    next = (next + 1) % episodes.length;
    return drawn;
  };
  return { ...task, episode };
}
