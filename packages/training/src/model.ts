import type { Tensor3D, Variable } from '@tensorflow/tfjs-core';

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
}

export function trainableOf(model: SequenceModel): Readonly<Record<string, Variable>> {
  return model.trainable ?? model.parameters;
}
