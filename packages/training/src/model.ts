import type { Cost } from '@tapehead/tasks';
import type { NamedTensorMap, Scalar, Tensor3D, Variable } from '@tensorflow/tfjs-core';

/** What can be trained: an NTM of @tapehead/ntm, or any object of yours with these members. */
export interface SequenceModel {
  /** Everything that a checkpoint holds. */
  readonly parameters: Readonly<Record<string, Variable>>;
  /** The parameters that training changes; all, where it is left out. */
  readonly trainable?: Readonly<Record<string, Variable>>;
  /** Plain JSON from which the same net can be built; a checkpoint carries it. */
  readonly config?: object;
  /** `[batch, time, inputSize]` → logits `[batch, time, outputSize]`, by ops with gradients. */
  sequence(input: Tensor3D): { logits: Tensor3D };
  /**
   * A cost of the logits and the gradients of `trainable` by the variables' own names, where the model has a faster
   * way than the tape of tfjs. The caller disposes them.
   */
  differentiate?(input: Tensor3D, cost: Cost): { value: Scalar; grads: NamedTensorMap };
}

export function trainableOf(model: SequenceModel): Readonly<Record<string, Variable>> {
  return model.trainable ?? model.parameters;
}
