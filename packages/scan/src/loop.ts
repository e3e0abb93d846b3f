import { checkRoom } from '@tapehead/core';
import {
  clone,
  dispose,
  engine,
  expandDims,
  reshape,
  stack,
  type Tensor,
  tidy,
  unstack,
  Variable,
} from '@tensorflow/tfjs-core';
import type { FlatStep } from './trace/record.js';

/** What steps give, in lists. */
export type Ran = { outputs: Tensor[]; state: Tensor[] };

/**
 * All steps, one after the other, by tfjs ops: the reference. Call it in a tidy. Besides the outputs, and what a tape
 * keeps, it holds one state at a time.
 *
 * @param x `[batch, time, …]` each
 * @returns outputs `[batch, time, …]`, and the last state; none of them is a tensor that came in
 */
export function loop(step: FlatStep, x: readonly Tensor[], initialState: readonly Tensor[]): Ran {
  const [batch = 0, time = 0] = x[0]?.shape ?? [];
  const checkFor = (tensors: readonly Tensor[], times: number) =>
    checkRoom(() => `scan of ${batch} sequences of ${time} steps`, times * bytesOf(tensors), remedy, 0);
  checkFor(x, 1);
  const inputs = x.map(eachStep);
  const outputs: Tensor[][] = [];
  let state = [...initialState];
  for (let t = 0; t < time; t++) {
    const now = inputs.flatMap((steps) => steps[t] ?? []);
    const stepped = tidy(() => ownTensors(step(now, state)));
    dispose(t === 0 ? now : [...now, ...state]);
    state = stepped.state;
    // Those of each step, and those of all together.
    if (t === 0) checkFor(stepped.outputs, 2 * time);
    outputs.push(stepped.outputs);
  }
  const leaves = outputs[0] ?? [];
  return { outputs: leaves.map((_, i) => overTime(outputs.flatMap((step) => step[i] ?? []))), state };
}

const remedy = 'take shorter sequences or a smaller batch';

const bytesOf = (tensors: readonly Tensor[]): number => tensors.reduce((sum, { size }) => sum + 4 * size, 0);

/** `[batch, …]` for each step; one alone is only reshaped, because tfjs has no gradient for unstacking one. */
function eachStep(x: Tensor): Tensor[] {
  const [batch = 0, time, ...others] = x.shape;
  return time === 1 ? [reshape(x, [batch, ...others])] : unstack(x, 1);
}

/** `[batch, …]` for each step to `[batch, time, …]`. */
function overTime(steps: Tensor[]): Tensor {
  const [first] = steps;
  return first && steps.length === 1 ? expandDims(first, 1) : stack(steps, 1);
}

/**
 * What a step gave, as tensors of the current tidy, each another: what came in, what is captured, and what stands in two
 * places is cloned, so that each can be disposed by itself.
 */
function ownTensors({ outputs, state }: ReturnType<FlatStep>): Ran {
  const seen = new Set<Tensor>();
  const scope = engine().state.activeScope.id;
  const own = (tensor: Tensor): Tensor => {
    const isOwn = tensor.scopeId === scope && !tensor.kept && !(tensor instanceof Variable);
    if (!isOwn || seen.has(tensor)) return clone(tensor);
    seen.add(tensor);
    return tensor;
  };
  return { outputs: outputs.map(own), state: state.map(own) };
}
