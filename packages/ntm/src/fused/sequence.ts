import { runKernel } from '@tapehead/kernels';
import {
  customGrad,
  type GradSaveFunc,
  reshape,
  slice,
  type Tensor,
  type Tensor3D,
} from '@tensorflow/tfjs-core';
import type { NtmConfig } from '../options.js';
import type { Parts } from '../parameters.js';
import type { NtmState } from '../step.js';
import { type KernelSettings, kernelNames } from './kernels.js';
import { countOf, sizesOf } from './sizes.js';
import { givenStart, learnedStart, parameterList } from './tensors.js';

/** What the kernels of one sequence are given. */
export interface SequenceCall {
  readonly config: NtmConfig;
  readonly batch: number;
  readonly time: number;
  readonly settings: KernelSettings;
  /** `x`, the parameters, and where the sequence starts. */
  readonly inputs: Tensor[];
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
): SequenceCall {
  const [batch, time] = x.shape;
  const start = state ? givenStart(state, config) : learnedStart(parts, config);
  return {
    config,
    batch,
    time,
    settings: {
      ...sizesOf(config, batch, time, state ? 'given' : 'learned'),
      finalState: wanted === 'final state',
      inputGradient: wanted === 'final state',
    },
    inputs: [x, ...parameterList(parts, config), ...start],
  };
}

/** Forward in one kernel call. @returns the logits, packed with the final state if that is wanted, and what is kept */
export function runForward({ settings, inputs }: SequenceCall): { packed: Tensor; kept: Tensor[] } {
  const [packed, ...kept] = runKernel(kernelNames.forward, inputs, settings);
  if (packed === undefined || kept.length === 0)
    throw new Error('the forward kernel has two outputs or more');
  return { packed, kept };
}

/** All the way back in one kernel call. @returns the gradients of the call's inputs, in their order */
export function runBackward({ settings }: SequenceCall, kept: readonly Tensor[], dPacked: Tensor): Tensor[] {
  return runKernel(kernelNames.backward, [...kept, dPacked], settings);
}

/** A whole sequence as one op with a gradient: logits and the state after the last step. Call it in a tidy. */
export function fusedSequence(call: SequenceCall): { logits: Tensor3D; state: NtmState } {
  const op = customGrad((...given: (Tensor | GradSaveFunc)[]) => {
    const { packed, kept } = runForward(call);
    const save = given.at(-1);
    if (typeof save === 'function') save(kept);
    return {
      value: packed,
      gradFunc: (dPacked: Tensor, saved: Tensor[]) => runBackward(call, saved, dPacked),
    };
  });
  return unpack(call, op(...call.inputs));
}

/** The packed output is flat: logits, then the tensors of the state. */
function unpack(
  { config, batch, time }: SequenceCall,
  packed: Tensor,
): { logits: Tensor3D; state: NtmState } {
  const { memorySize: N, memoryDim: M, readHeads: R, writeHeads: W, controllerSize, layers } = config;
  const next = reader(packed);
  const logits = cube(next([batch, time, config.outputSize]));
  const [memory, readWeights] = [cube(next([batch, N, M])), cube(next([batch, R, N]))];
  const [writeWeights, reads] = [cube(next([batch, W, N])), cube(next([batch, R, M]))];
  const cell = () => ({ h: next([batch, controllerSize]), c: next([batch, controllerSize]) });
  const controller = config.controller === 'lstm' ? { cells: Array.from({ length: layers }, cell) } : {};
  return { logits, state: { controller, memory, readWeights, writeWeights, reads } };
}

/** Takes one tensor after the other off a flat one. */
function reader(flat: Tensor): (shape: number[]) => Tensor {
  let offset = 0;
  return (shape) => {
    const part = reshape(slice(flat, [offset], [countOf(shape)]), shape);
    offset += countOf(shape);
    return part;
  };
}

/** A tensor of three axes as such. */
export function cube(tensor: Tensor): Tensor3D {
  if (isCube(tensor)) return tensor;
  throw new Error(`three axes, not ${tensor.rank}`);
}

const isCube = (tensor: Tensor): tensor is Tensor3D => tensor.rank === 3;
