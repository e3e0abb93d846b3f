import {
  expandDims,
  type Rank,
  reshape,
  softmax,
  stack,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tile,
  unstack,
} from '@tensorflow/tfjs-core';
import type { Intervention } from './intervention.js';
import type { NtmConfig } from './options.js';
import type { Parts } from './parameters.js';
import { type NtmState, type NtmStep, ntmStep } from './step.js';

/** The learned start, the same for each sequence. */
export function startOf({ controller, own }: Parts, batch: number): NtmState {
  return {
    controller: controller.initialState(batch),
    memory: repeat(own.memory, batch),
    readWeights: repeat(softmax(own.readWeightLogits), batch),
    writeWeights: repeat(softmax(own.writeWeightLogits), batch),
    reads: repeat(own.reads, batch),
  };
}

/**
 * A whole sequence, step after step.
 * @param x `[batch, time, inputSize]`
 * @returns logits `[batch, time, outputSize]`, the last state, and every step
 */
export function referenceSequence(
  parts: Parts,
  config: NtmConfig,
  x: Tensor3D,
  start: NtmState,
  intervene?: Intervention,
): { logits: Tensor3D; state: NtmState; steps: NtmStep[] } {
  const steps: NtmStep[] = [];
  let state = start;
  for (const xt of eachStep(x)) {
    const step = ntmStep(parts, config, xt, state, intervene);
    steps.push(step);
    state = step.state;
  }
  return { logits: overTime(steps.map(({ logits }) => logits)), state, steps };
}

/** The same start for each sequence: `[rows, columns]` to `[batch, rows, columns]`. */
function repeat(start: Tensor, batch: number): Tensor3D {
  return tile(expandDims<Tensor3D>(start, 0), [batch, 1, 1]);
}

/** `[batch, inputSize]` for each step; one alone is only reshaped, because tfjs has no gradient for unstacking one. */
function eachStep(x: Tensor3D): Tensor2D[] {
  const [batch, time, width] = x.shape;
  if (time === 1) return [reshape<Rank.R2>(x, [batch, width])];
  return unstack(x, 1).map((step) => reshape<Rank.R2>(step, [batch, width]));
}

/** `[batch, width]` for each step to `[batch, time, width]`. */
function overTime(steps: Tensor2D[]): Tensor3D {
  const [batch = 0, width = 0] = steps[0]?.shape ?? [];
  return reshape<Rank.R3>(stack(steps, 1), [batch, steps.length, width]);
}
