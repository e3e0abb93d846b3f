import { add, expandDims, softmax, type Tensor, type Tensor3D, zeros } from '@tensorflow/tfjs-core';
import type { Intervention } from './intervention.js';
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

/** `[rows, columns]` to `[batch, rows, columns]`: a sum, since the gradient of `tile` slices once for each repeat. */
function repeat(start: Tensor, batch: number): Tensor3D {
  return add<Tensor3D>(expandDims(start, 0), zeros([batch, 1, 1]));
}
