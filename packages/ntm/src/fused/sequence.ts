import { asCube, asMatrix } from '@tapehead/core';
import type { Tensor3D } from '@tensorflow/tfjs-core';
import type { NtmConfig } from '../options.js';
import type { Parts } from '../parameters.js';
import type { NtmState } from '../step.js';
import { type NtmSettings, ntmOp, settingsFor, type Wanted } from './op.js';
import { cellsFrom, type SequenceCall, unpacked } from './packed.js';
import { ntmShapes, sizesOf } from './sizes.js';
import { givenStart, learnedStart, parameterList } from './tensors.js';

/** What the kernels of one sequence of an NTM are given. */
export interface NtmCall extends SequenceCall<NtmSettings> {
  readonly config: NtmConfig;
}

/**
 * Prepares a call: from the learned start, or from a state.
 */
export function callOf(
  parts: Parts,
  config: NtmConfig,
  x: Tensor3D,
  wanted: Wanted,
  state?: NtmState,
): NtmCall {
  const [batch, time] = x.shape;
  const start = state ? givenStart(state) : learnedStart(parts, config);
  return {
    op: ntmOp,
    config,
    settings: {
      ...sizesOf(config, batch, time, state ? 'given' : 'learned'),
      ...settingsFor(wanted),
    },
    inputs: [x, ...parameterList(parts, config), ...start],
  };
}

/** A whole sequence as one op with a gradient: logits and the state after the last step. Call it in a tidy. */
export function fusedSequence(call: NtmCall): { logits: Tensor3D; state: NtmState } {
  const [logits, memory, readWeights, writeWeights, reads, ...cells] = unpacked<NtmSettings>(call, ntmShapes);
  return {
    logits: asCube(logits),
    state: {
      controller: call.config.controller === 'lstm' ? { cells: cellsFrom(cells.map(asMatrix)) } : {},
      memory: asCube(memory),
      readWeights: asCube(readWeights),
      writeWeights: asCube(writeWeights),
      reads: asCube(reads),
    },
  };
}
