import type { LstmState } from '@tapehead/controller';
import { asCube, asMatrix } from '@tapehead/core';
import type { Tensor3D } from '@tensorflow/tfjs-core';
import { settingsFor, type Wanted } from '../../fused/op.js';
import { cellsFrom, type SequenceCall, unpacked } from '../../fused/packed.js';
import type { LstmBaselineConfig } from '../options.js';
import type { BaselineParts } from '../parameters.js';
import { type BaselineSettings, baselineOp, baselineShapes } from './op.js';

/** What the kernels of one sequence of an LSTM baseline are given. */
export type BaselineCall = SequenceCall<BaselineSettings>;

/**
 * Prepares a call: from the learned start, or from a state.
 */
export function baselineCallOf(
  { layers, outputKernel, outputBias }: BaselineParts,
  { inputSize, outputSize, size }: LstmBaselineConfig,
  x: Tensor3D,
  wanted: Wanted,
  state?: LstmState,
): BaselineCall {
  const [batch, time] = x.shape;
  const sizes = { batch, time, inputSize, outputSize, size, layers: layers.length };
  return {
    op: baselineOp,
    settings: { ...sizes, ...settingsFor(wanted), learnedStart: state === undefined ? 1 : 0 },
    inputs: [
      x,
      outputKernel,
      outputBias,
      ...layers.flatMap(({ kernel, recurrentKernel, bias }) => [kernel, recurrentKernel, bias]),
      ...(state?.cells ?? layers).flatMap(({ h, c }) => [h, c]),
    ],
  };
}

/** A whole sequence as one op with a gradient: logits and the state after the last step. Call it in a tidy. */
export function fusedBaselineSequence(call: BaselineCall): { logits: Tensor3D; state: LstmState } {
  const [logits, ...cells] = unpacked<BaselineSettings>(call, baselineShapes);
  return { logits: asCube(logits), state: { cells: cellsFrom(cells.map(asMatrix)) } };
}
