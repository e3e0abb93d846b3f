// The doors of the whole-sequence kernels. Tensors are float32 and contiguous; pointers are bytes into the memory that
// the module was given, all of them aligned to 16 (the workspace) or 4. Nothing is allocated.
//
// `sizes`, `parameters`, `state`, `trace` point to lists: see layout.ts (readSizes), tensors.ts and trace.ts.
import { backward } from './backward';
import { forward } from './forward';
import { layOut } from './layout';
import { returnState } from './state';
import { copyTrace } from './trace';

/** The bytes of the workspace, linear in T. */
export function workspaceBytes(sizes: usize): f64 {
  return layOut(sizes, 0);
}

/** Writes logits [B, T, O] and, unless `finalState` is 0, the state after the last step. */
export function sequenceForward(
  sizes: usize, workspace: usize, parameters: usize, state: usize, input: usize, logits: usize, finalState: usize,
): void {
  layOut(sizes, workspace);
  forward(parameters, state, input, logits);
  if (finalState) returnState(finalState);
}

/** Writes what every step did. After `sequenceForward` with the same sizes and workspace. */
export function sequenceTrace(sizes: usize, workspace: usize, trace: usize): void {
  layOut(sizes, workspace);
  copyTrace(trace);
}

/**
 * Writes the gradients of parameters and state (lists like theirs) and, unless `dInput` is 0, of the input. `dFinalState`
 * is 0 where nothing depends on the last state. After `sequenceForward` with the same sizes and workspace.
 */
export function sequenceBackward(
  sizes: usize, workspace: usize, dLogits: usize, dFinalState: usize,
  dParameters: usize, dState: usize, dInput: usize,
): void {
  layOut(sizes, workspace);
  backward(dLogits, dFinalState, dParameters, dState, dInput);
}
