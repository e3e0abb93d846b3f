import { initialCell, type LstmCell, type LstmState, lstmStep } from '@tapehead/controller';
import { add, concat, matMul, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';
import { eachStep, overTime } from '../overTime.js';
import type { BaselineParts } from './parameters.js';

/** The learned start, the same for each sequence. */
export function baselineStart({ layers }: BaselineParts, batch: number): LstmState {
  return { cells: layers.map((layer) => initialCell(layer, batch)) };
}

/**
 * One time step: `h₁ = LSTM(x)`, `hₗ = LSTM([x, hₗ₋₁])`, `logits = [h₁, …, h_L]·outputKernel + outputBias`.
 * @param x `[batch, inputSize]`
 * @returns logits `[batch, outputSize]` and the next state
 */
export function baselineStep(
  { layers, outputKernel, outputBias, engine }: BaselineParts,
  x: Tensor2D,
  { cells }: LstmState,
): { logits: Tensor2D; state: LstmState } {
  const next: LstmCell[] = [];
  let input = x;
  for (const [l, layer] of layers.entries()) {
    const cell = cells[l];
    if (cell === undefined) throw new Error('one cell a layer');
    const stepped = lstmStep(input, cell, layer, { engine });
    next.push(stepped);
    input = concat([x, stepped.h], 1);
  }
  const hidden = concat(
    next.map(({ h }) => h),
    1,
  );
  return { logits: add<Tensor2D>(matMul(hidden, outputKernel), outputBias), state: { cells: next } };
}

/** A whole sequence `[batch, time, inputSize]`, step after step. */
export function baselineSequence(
  parts: BaselineParts,
  x: Tensor3D,
  start: LstmState,
): { logits: Tensor3D; state: LstmState } {
  const logits: Tensor2D[] = [];
  let state = start;
  for (const xt of eachStep(x)) {
    const step = baselineStep(parts, xt, state);
    logits.push(step.logits);
    state = step.state;
  }
  return { logits: overTime(logits), state };
}
