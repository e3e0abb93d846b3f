import type { LstmState } from '@tapehead/controller';
import { applyOp, asCube, asMatrix } from '@tapehead/core/kernels';
import type { Tensor3D } from '@tensorflow/tfjs-core';
import { reader, type SequenceCall } from '../../fused/packed.js';
import type { LstmBaselineConfig } from '../options.js';
import type { BaselineParts } from '../parameters.js';
import { type BaselineSettings, baselineOp } from './op.js';

/** What the kernels of one sequence of an LSTM baseline are given. */
export type BaselineCall = SequenceCall<BaselineSettings>;

/**
 * Prepares a call: from the learned start, or from a state.
 * @param wanted the logits alone, for a cost of data; or the final state too, with gradients of everything
 */
export function baselineCallOf(
  { layers, outputKernel, outputBias }: BaselineParts,
  { inputSize, outputSize, size }: LstmBaselineConfig,
  x: Tensor3D,
  wanted: 'logits' | 'final state',
  state?: LstmState,
): BaselineCall {
  const [batch, time] = x.shape;
  const everything = wanted === 'final state';
  return {
    op: baselineOp,
    settings: {
      batch,
      time,
      inputSize,
      outputSize,
      size,
      layers: layers.length,
      learnedStart: state === undefined ? 1 : 0,
      finalState: everything,
      inputGradient: everything,
    },
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
  const { batch, time, outputSize, size, layers } = call.settings;
  const next = reader(applyOp(call.op, call.inputs, call.settings));
  const logits = asCube(next([batch, time, outputSize]));
  const cell = () => ({ h: asMatrix(next([batch, size])), c: asMatrix(next([batch, size])) });
  return { logits, state: { cells: Array.from({ length: layers }, cell) } };
}
