import { clone, customGrad, engine, type Tensor } from '@tensorflow/tfjs-core';
import { TapeheadError } from '../errors.js';

/**
 * The same tensor, whose gradient has no gradient. sigmoid, tanh and softmax of tfjs save their outputs, and a gradient
 * of a gradient through what is saved is dropped without a word. Outside a tape the tensor comes back unchanged.
 *
 * @param name the function that is asked for a second-order gradient
 * @throws TapeheadError `argument` on the way back, where somebody wants a second-order gradient
 */
export function firstOrder<T extends Tensor>(name: string, tensor: T): T {
  if (!engine().isTapeOn()) return tensor;
  const guarded = customGrad(() => ({
    value: clone(tensor),
    gradFunc(slope: Tensor) {
      if (!engine().isTapeOn()) return slope;
      throw new TapeheadError(
        'argument',
        `${name}: expected first-order gradients only: sigmoid, tanh and softmax of tfjs have no others`,
      );
    },
  }));
  const value = guarded(tensor);
  if (isLike(value, tensor)) return value;
  throw new Error('a clone has the same shape');
}

function isLike<T extends Tensor>(value: Tensor, { rank }: T): value is T {
  return value.rank === rank;
}
