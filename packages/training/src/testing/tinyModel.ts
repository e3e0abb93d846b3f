import type { Task } from '@tapehead/tasks';
import {
  add,
  matMul,
  mul,
  type Rank,
  randomUniform,
  reshape,
  type Tensor3D,
  tidy,
  type Variable,
  variable,
  zeros,
} from '@tensorflow/tfjs-core';
import type { SequenceModel } from '../model.js';

/** logits = x·kernel + bias at every step: too little to solve anything, enough to be trained. */
export interface TinyModel extends SequenceModel {
  readonly parameters: { readonly kernel: Variable; readonly bias: Variable; readonly fixed: Variable };
  /** Multiplies the logits; NaN makes the cost NaN. */
  gain: number;
}

/** The tfjs names of its variables differ from one tiny model to the next, as those of real nets do. */
export function tinyModel(
  { inputSize, outputSize }: Pick<Task, 'inputSize' | 'outputSize'>,
  seed = 1,
): TinyModel {
  const [kernel, bias, fixed] = tidy(() => [
    variable(randomUniform([inputSize, outputSize], -1, 1, 'float32', seed)),
    variable(zeros([outputSize])),
    variable(zeros([2]), false),
  ]);
  const model: TinyModel = {
    config: { kind: 'tiny', inputSize, outputSize },
    parameters: { kernel, bias, fixed },
    trainable: { kernel, bias },
    gain: 1,
    sequence(input: Tensor3D) {
      const [batch, time] = input.shape;
      const rows = reshape<Rank.R2>(input, [batch * time, inputSize]);
      const logits = mul(
        add(matMul(rows, reshape<Rank.R2>(kernel, [inputSize, outputSize])), bias),
        model.gain,
      );
      return { logits: reshape(logits, [batch, time, outputSize]) };
    },
  };
  return model;
}

/** Everything that training changes, as plain numbers. */
export function numbersOf(model: SequenceModel): Record<string, number[]> {
  return Object.fromEntries(
    Object.entries(model.parameters).map(([name, tensor]) => [name, Array.from(tensor.dataSync())]),
  );
}
