import { applyOp, asCube } from '@tapehead/core/kernels';
import type { Tensor, Tensor3D } from '@tensorflow/tfjs-core';
import type { NtmConfig } from '../options.js';
import type { Parts } from '../parameters.js';
import type { NtmState } from '../step.js';
import { type NtmSettings, ntmOp } from './op.js';
import { reader, type SequenceCall } from './packed.js';
import { sizesOf } from './sizes.js';
import { givenStart, learnedStart, parameterList } from './tensors.js';

/** What the kernels of one sequence of an NTM are given. */
export interface NtmCall extends SequenceCall<NtmSettings> {
  readonly config: NtmConfig;
}

/**
 * Prepares a call: from the learned start, or from a state.
 * @param wanted the logits alone, for a cost of data; or the final state too, with gradients of everything
 */
export function callOf(
  parts: Parts,
  config: NtmConfig,
  x: Tensor3D,
  wanted: 'logits' | 'final state',
  state?: NtmState,
): NtmCall {
  const [batch, time] = x.shape;
  const start = state ? givenStart(state) : learnedStart(parts, config);
  return {
    op: ntmOp,
    config,
    settings: {
      ...sizesOf(config, batch, time, state ? 'given' : 'learned'),
      finalState: wanted === 'final state',
      inputGradient: wanted === 'final state',
    },
    inputs: [x, ...parameterList(parts, config), ...start],
  };
}

/** A whole sequence as one op with a gradient: logits and the state after the last step. Call it in a tidy. */
export function fusedSequence(call: NtmCall): { logits: Tensor3D; state: NtmState } {
  return unpack(call, applyOp(call.op, call.inputs, call.settings));
}

/** The packed output is flat: logits, then the tensors of the state. */
function unpack({ config, settings }: NtmCall, packed: Tensor): { logits: Tensor3D; state: NtmState } {
  const { memorySize: N, memoryDim: M, readHeads: R, writeHeads: W, controllerSize, layers } = config;
  const { batch, time } = settings;
  const next = reader(packed);
  const logits = asCube(next([batch, time, config.outputSize]));
  const [memory, readWeights] = [asCube(next([batch, N, M])), asCube(next([batch, R, N]))];
  const [writeWeights, reads] = [asCube(next([batch, W, N])), asCube(next([batch, R, M]))];
  const cell = () => ({ h: next([batch, controllerSize]), c: next([batch, controllerSize]) });
  const controller = config.controller === 'lstm' ? { cells: Array.from({ length: layers }, cell) } : {};
  return { logits, state: { controller, memory, readWeights, writeWeights, reads } };
}
