import type { ControllerState } from '@tapehead/controller';
import { clipByValue, type Tensor2D } from '@tensorflow/tfjs-core';
import { isLstmState } from './fused/tensors.js';

/** `min(max(x, −bound), bound)`; as it is without a bound. The slope is 0 beyond the bound. */
export function clipped(x: Tensor2D, bound: number | undefined): Tensor2D {
  return bound === undefined ? x : clipByValue(x, -bound, bound);
}

/** h and c of each layer of an LSTM, clipped. The states of other controllers are left as they are. */
export function clippedCells(state: ControllerState, bound: number | undefined): ControllerState {
  if (bound === undefined || !isLstmState(state)) return state;
  return { cells: state.cells.map(({ h, c }) => ({ h: clipped(h, bound), c: clipped(c, bound) })) };
}
