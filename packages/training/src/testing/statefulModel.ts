import type { Task } from '@tapehead/tasks';
import {
  add,
  matMul,
  type Rank,
  randomUniform,
  reshape,
  stack,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tanh,
  tidy,
  unstack,
  type Variable,
  variable,
  zeros,
} from '@tensorflow/tfjs-core';
import type { SequenceModel, SequenceStart } from '../model.js';

const SIZE = 4;

/** h ← tanh(x·kernel + h·recurrent); logits = h·output. It carries `{ cells: [h], more: {} }`. */
export interface StatefulModel extends SequenceModel {
  readonly parameters: { readonly kernel: Variable; readonly recurrent: Variable; readonly output: Variable };
  initialState(batch: number): { cells: Tensor[]; more: object };
}

export function statefulModel(
  { inputSize, outputSize }: Pick<Task, 'inputSize' | 'outputSize'>,
  seed = 1,
): StatefulModel {
  const weights = (rows: number, columns: number, more: number) =>
    variable(tidy(() => randomUniform([rows, columns], -1, 1, 'float32', seed + more)));
  const [kernel, recurrent, output] = [
    weights(inputSize, SIZE, 0),
    weights(SIZE, SIZE, 1),
    weights(SIZE, outputSize, 2),
  ];
  const matrix = (tensor: Tensor): Tensor2D => reshape<Rank.R2>(tensor, [tensor.shape[0] ?? 1, -1]);
  return {
    config: { kind: 'stateful', inputSize, outputSize },
    parameters: { kernel, recurrent, output },
    initialState: (batch) => ({ cells: [zeros([batch, SIZE])], more: {} }),
    sequence(input: Tensor3D, { state }: SequenceStart = {}) {
      let h = hiddenOf(state) ?? zeros([input.shape[0], SIZE]);
      const logits = unstack(input, 1).map((x) => {
        h = tanh(add(matMul(matrix(x), matrix(kernel)), matMul(matrix(h), matrix(recurrent))));
        return matMul(matrix(h), matrix(output));
      });
      return {
        logits: reshape<Rank.R3>(stack(logits, 1), [input.shape[0], logits.length, outputSize]),
        state: { cells: [h], more: {} },
      };
    },
  };
}

function hiddenOf(state: unknown): Tensor | undefined {
  const cells: unknown = Reflect.get(Object(state), 'cells');
  return Array.isArray(cells) ? cells[0] : undefined;
}
