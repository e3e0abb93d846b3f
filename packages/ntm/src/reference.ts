import {
  add,
  expandDims,
  type Rank,
  reshape,
  softmax,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  zeros,
} from '@tensorflow/tfjs-core';
import type { Sequences } from './chunks.js';
import type { Intervention } from './intervention.js';
import { keepUnlessTaken } from './keep.js';
import { taking } from './lengths.js';
import type { NtmConfig } from './options.js';
import { eachStep, overTime } from './overTime.js';
import type { Parts } from './parameters.js';
import { type NtmState, type NtmStep, ntmStep } from './step.js';

/** The start: learned values, and weightings of zeros where they have no logits; the same for each sequence. */
export function startOf({ controller, own }: Parts, config: NtmConfig, batch: number): NtmState {
  const { readHeads, writeHeads, memorySize } = config;
  const { startLogits } = own;
  const start = (heads: number, logits: Tensor | undefined): Tensor3D =>
    logits === undefined ? zeros([batch, heads, memorySize]) : repeat(softmax(logits), batch);
  return {
    controller: controller.initialState(batch),
    memory: repeat(own.memory, batch),
    readWeights: start(readHeads, startLogits?.read),
    writeWeights: start(writeHeads, startLogits?.write),
    reads: repeat(own.reads, batch),
  };
}

/**
 * A whole sequence, step after step. Where a step is not taken, the state stays and the logits are 0.
 * @returns logits `[batch, time, outputSize]`, the last state, and every step
 */
export function referenceSequence(
  parts: Parts,
  config: NtmConfig,
  { x, mask }: Sequences,
  start: NtmState,
  intervene?: Intervention,
): { logits: Tensor3D; state: NtmState; steps: NtmStep[] } {
  const steps: NtmStep[] = [];
  const taken = mask && eachStep(reshape<Rank.R3>(mask, [...mask.shape, 1]));
  let state = start;
  for (const [t, xt] of eachStep(x).entries()) {
    const next = ntmStep(parts, config, xt, state, intervene);
    const step = stepTaken(next, state, taken?.[t]);
    steps.push(step);
    state = step.state;
  }
  return { logits: overTime(steps.map(({ logits }) => logits)), state, steps };
}

/** @param taken `[batch, 1]`, 1 for sequences that take the step; all do where it is left out */
function stepTaken(step: NtmStep, before: NtmState, taken: Tensor2D | undefined): NtmStep {
  if (taken === undefined) return step;
  const { logits, state, ...said } = step;
  return {
    ...said,
    logits: taking(taken, logits),
    state: keepUnlessTaken(taken, state, before),
  };
}

/** `[rows, columns]` to `[batch, rows, columns]`: a sum, since the gradient of `tile` slices once for each repeat. */
function repeat(start: Tensor, batch: number): Tensor3D {
  return add<Tensor3D>(expandDims(start, 0), zeros([batch, 1, 1]));
}
