import type { LstmState } from '@tapehead/controller';
import type { Variable } from '@tensorflow/tfjs-core';
import { clone, dispose, keep, Tensor, type Tensor3D, type TensorContainer } from '@tensorflow/tfjs-core';
import { isLstmState } from './fused/tensors.js';
import { type CostGradients, type SequenceCost, tapedGradients } from './gradients.js';
import type { NtmState } from './step.js';

type Change = <T extends Tensor>(tensor: T) => T;

/** The state of an NTM with each tensor replaced. */
export function mapNtmState({ controller, ...state }: NtmState, change: Change): NtmState {
  return {
    controller: isLstmState(controller) ? mapLstmState(controller, change) : mapAll(controller, change),
    memory: change(state.memory),
    readWeights: change(state.readWeights),
    writeWeights: change(state.writeWeights),
    reads: change(state.reads),
  };
}

/** The state of an LSTM with each tensor replaced. */
export function mapLstmState({ cells }: LstmState, change: Change): LstmState {
  return { cells: cells.map(({ h, c }) => ({ h: change(h), c: change(c) })) };
}

function mapAll(container: TensorContainer, change: Change): TensorContainer {
  if (container instanceof Tensor) return change(container);
  if (Array.isArray(container)) return container.map((each) => mapAll(each, change));
  if (typeof container !== 'object' || container === null || ArrayBuffer.isView(container)) return container;
  return Object.fromEntries(Object.entries(container).map(([name, each]) => [name, mapAll(each, change)]));
}

/**
 * The gradients of a sequence, by the tape of tfjs, and the state after its last step. Nothing flows back into the state that
 * it starts from. Call it in a tidy.
 */
export function carriedGradients<State extends object>(
  run: () => { logits: Tensor3D; state: State },
  map: (state: State, change: Change) => State,
  cost: SequenceCost,
  trainable: readonly Variable[],
): CostGradients & { state: State } {
  const kept: Tensor[] = [];
  // The tape disposes what is made under it.
  const own: Change = (tensor) => {
    const copy = keep(clone(tensor));
    kept.push(copy);
    return copy;
  };
  const last: State[] = [];
  try {
    const differentiated = tapedGradients(
      () => {
        const { logits, state } = run();
        last.push(map(state, own));
        return logits;
      },
      cost,
      trainable,
    );
    const [state] = last;
    if (state === undefined) throw new Error('the tape runs the sequence');
    return { ...differentiated, state: map(state, clone) };
  } finally {
    dispose(kept);
  }
}
