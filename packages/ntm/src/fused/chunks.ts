import { concat, dispose, slice, type Tensor3D, type TensorContainer, tidy } from '@tensorflow/tfjs-core';

/** What the steps of a sequence give. */
export type Run<State extends TensorContainer> = { logits: Tensor3D; state: State };

/** The floats of workspace that a forward pass without gradients takes at once, about 64 MB: smaller parts cost more in state than they save in caches. */
const FLOATS_AT_ONCE = 2 ** 24;

/**
 * The steps that a forward pass without gradients takes at once: nothing is kept for a backward pass, so the memory need
 * not grow with time, and what stays in the caches is faster.
 * @param floats what one step of the whole batch leaves in the workspace, roughly
 */
export function stepsAtOnce(floats: number): number {
  return Math.max(1, Math.floor(FLOATS_AT_ONCE / floats));
}

/**
 * A sequence `[batch, time, inputSize]` in parts of `steps`, each from the state that the one before left. Call it in a tidy.
 */
export function inChunks<State extends TensorContainer>(
  x: Tensor3D,
  steps: number,
  start: State | undefined,
  run: (x: Tensor3D, start: State | undefined) => Run<State>,
): Run<State> {
  const [batch, time, inputSize] = x.shape;
  if (time <= steps) return run(x, start);
  const partAt = (t: number, from: State | undefined): Run<State> =>
    tidy(() => run(slice(x, [0, t, 0], [batch, Math.min(steps, time - t), inputSize]), from));
  let last = partAt(0, start);
  const logits = [last.logits];
  for (let t = steps; t < time; t += steps) {
    const next = partAt(t, last.state);
    dispose(last.state);
    logits.push(next.logits);
    last = next;
  }
  const whole = { logits: concat(logits, 1), state: last.state };
  dispose(logits);
  return whole;
}
