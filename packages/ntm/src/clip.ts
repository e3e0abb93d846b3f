import type { ControllerState } from '@tapehead/controller';
import { maximum, minimum, type Tensor2D } from '@tensorflow/tfjs-core';
import { isLstmState } from './fused/tensors.js';

/**
 * `min(max(x, −bound), bound)`; as it is without a bound. The slope is 0 beyond the bound. Not clipByValue: on the wasm
 * backend it turns NaN into a bound.
 */
export function clipped(x: Tensor2D, bound: number | undefined): Tensor2D {
  return bound === undefined ? x : minimum(maximum(x, -bound), bound);
}

/** h and c of each layer of an LSTM, clipped. The states of other controllers are left as they are. */
export function clippedCells(state: ControllerState, bound: number | undefined): ControllerState {
  if (bound === undefined || !isLstmState(state)) return state;
  return { cells: state.cells.map(({ h, c }) => ({ h: clipped(h, bound), c: clipped(c, bound) })) };
}
