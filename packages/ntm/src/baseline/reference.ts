import { initialCell, type LstmCell, type LstmState, lstmStep } from '@tapehead/controller';
import { add, concat, matMul, type Rank, reshape, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';
import type { Sequences } from '../chunks.js';
import { keepUnlessTaken } from '../keep.js';
import { taking } from '../lengths.js';
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

/** Whole sequences, step after step. Where a step is not taken, the state stays and the logits are 0. */
export function baselineSequence(
  parts: BaselineParts,
  { x, mask }: Sequences,
  start: LstmState,
): { logits: Tensor3D; state: LstmState } {
  const logits: Tensor2D[] = [];
  const masks = mask && eachStep(reshape<Rank.R3>(mask, [...mask.shape, 1]));
  let state = start;
  for (const [t, xt] of eachStep(x).entries()) {
    const step = baselineStep(parts, xt, state);
    const taken = masks?.[t];
    logits.push(taken ? taking(taken, step.logits) : step.logits);
    state = taken ? keepUnlessTaken(taken, step.state, state) : step.state;
  }
  return { logits: overTime(logits), state };
}
