// The doors of the LSTM baseline, in the way of ../sequence.ts. `sizes`, `parameters` and `state` point to lists: see
// layout.ts (readSizes) and tensors.ts.
import { backward } from './backward';
import { forward } from './forward';
import { layOut } from './layout';
import { returnState } from './state';

/** The bytes of the workspace, linear in T. */
export function baselineWorkspaceBytes(sizes: usize): f64 {
  return layOut(sizes, 0);
}

/** Writes logits [B, T, O] and, unless `finalState` is 0, the state after the last step. */
export function baselineForward(
  sizes: usize, workspace: usize, parameters: usize, state: usize, input: usize, logits: usize, finalState: usize,
): void {
  layOut(sizes, workspace);
  forward(parameters, state, input, logits);
  if (finalState) returnState(finalState);
}

/**
 * Writes the gradients of parameters and state (lists like theirs) and, unless `dInput` is 0, of the input. `dFinalState`
 * is 0 where nothing depends on the last state. After `baselineForward` with the same sizes and workspace.
 */
export function baselineBackward(
  sizes: usize, workspace: usize, dLogits: usize, dFinalState: usize,
  dParameters: usize, dState: usize, dInput: usize,
): void {
  layOut(sizes, workspace);
  backward(dLogits, dFinalState, dParameters, dState, dInput);
}
