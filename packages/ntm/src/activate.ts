import { sigmoid, softmax, type Tensor, tanh } from '@tensorflow/tfjs-core';

/** What squashes the output. */
export type OutputActivation = 'sigmoid' | 'tanh' | 'softmax' | 'linear';

export const outputActivations: readonly OutputActivation[] = ['sigmoid', 'tanh', 'softmax', 'linear'];

/** The output that logits come to. */
export function activate<T extends Tensor>(logits: T, activation: OutputActivation): T {
  switch (activation) {
    case 'sigmoid':
      return sigmoid(logits);
    case 'tanh':
      return tanh(logits);
    case 'softmax':
      return softmax(logits);
    case 'linear':
      return logits;
  }
}
