import type { LstmState } from '@tapehead/controller';
import { firstOrder } from '@tapehead/core';
import { isLstmState } from './fused/tensors.js';
import type { NtmState } from './step.js';

/** {@link firstOrder} of each tensor of the state of an LSTM. */
export function firstOrderCells({ cells }: LstmState): LstmState {
  return { cells: cells.map(({ h, c }) => ({ h: firstOrder('net', h), c: firstOrder('net', c) })) };
}

/** {@link firstOrder} of each tensor of a state, but for that of a custom controller. */
export function firstOrderState({ controller, ...state }: NtmState): NtmState {
  return {
    controller: isLstmState(controller) ? firstOrderCells(controller) : controller,
    memory: firstOrder('net', state.memory),
    readWeights: firstOrder('net', state.readWeights),
    writeWeights: firstOrder('net', state.writeWeights),
    reads: firstOrder('net', state.reads),
  };
}
