import type { LstmState } from '@tapehead/controller';
import { TapeheadError } from '@tapehead/core';
import { clone, customGrad, engine, type Tensor } from '@tensorflow/tfjs-core';
import { isLstmState } from './fused/tensors.js';
import type { NtmState } from './step.js';

/**
 * The same tensor, whose gradient has no gradient: sigmoid, tanh and softmax of tfjs drop theirs without a word.
 * @throws TapeheadError `argument` on the way back, where somebody wants a second-order gradient
 */
export function firstOrder<T extends Tensor>(tensor: T): T {
  if (!engine().isTapeOn()) return tensor;
  const guarded = customGrad(() => ({
    value: clone(tensor),
    gradFunc(slope: Tensor) {
      if (!engine().isTapeOn()) return slope;
      throw new TapeheadError(
        'argument',
        'net: no second-order gradients, because sigmoid, tanh and softmax of tfjs have none',
      );
    },
  }));
  const value = guarded(tensor);
  if (sameRank(value, tensor)) return value;
  throw new Error('a clone has the same shape');
}

function sameRank<T extends Tensor>(value: Tensor, { rank }: T): value is T {
  return value.rank === rank;
}

/** {@link firstOrder} of each tensor of the state of an LSTM. */
export function firstOrderCells({ cells }: LstmState): LstmState {
  return { cells: cells.map(({ h, c }) => ({ h: firstOrder(h), c: firstOrder(c) })) };
}

/** {@link firstOrder} of each tensor of a state, but for that of a controller of one's own. */
export function firstOrderState({ controller, ...state }: NtmState): NtmState {
  return {
    controller: isLstmState(controller) ? firstOrderCells(controller) : controller,
    memory: firstOrder(state.memory),
    readWeights: firstOrder(state.readWeights),
    writeWeights: firstOrder(state.writeWeights),
    reads: firstOrder(state.reads),
  };
}
