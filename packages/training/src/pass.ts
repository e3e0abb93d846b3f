import type { Episode } from '@tapehead/tasks';
import { type Differentiated, differentiateEpisodes, type Scaled } from './gradients.js';
import type { SequenceModel } from './model.js';
import type { Start } from './pool.js';
import { disposeState, type StoredState, storedState } from './stateTree.js';

/** An objective and its gradients, whose tensors are the caller's, and the state after the last steps as plain data. */
export type Pass = Differentiated & { state?: StoredState };

/** One forward and backward pass over episodes, computed here. */
export async function passHere(
  model: SequenceModel,
  episodes: readonly Episode[],
  scaled: Scaled,
  start: Start | undefined,
): Promise<Pass> {
  const { state, ...result } = differentiateEpisodes(model, episodes, scaled, start);
  if (state === undefined) return result;
  try {
    return { ...result, state: await storedState(state) };
  } finally {
    disposeState(state);
  }
}
