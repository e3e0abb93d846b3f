import type { HeadParameters } from '@tapehead/addressing';
import type { Controller, ControllerState } from '@tapehead/controller';
import { checkObject, type EngineOption, floatsOfShape } from '@tapehead/core';
import { add, concat, matMul, type Rank, reshape, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';
import { clipped, clippedCells } from './clip.js';
import { isLstmState } from './fused/tensors.js';
import {
  readHeadSize,
  readWith,
  splitColumns,
  type WriteParameters,
  whatReadersSay,
  whatWritersSay,
  writeWith,
} from './heads.js';
import { inTurn, type Moved } from './inTurn.js';
import type { Intervention } from './intervention.js';
import type { NtmConfig } from './options.js';
import type { Parts } from './parameters.js';

/** Everything a net carries from one step to the next. */
export type NtmState = {
  controller: ControllerState;
  /** `[batch, N, M]` */
  memory: Tensor3D;
  /** `[batch, R, N]` */
  readWeights: Tensor3D;
  /** `[batch, W, N]` */
  writeWeights: Tensor3D;
  /** `[batch, R, M]` */
  reads: Tensor3D;
};

/** One step, with what the heads said. */
export interface NtmStep {
  /** The output before its activation, `[batch, outputSize]`. */
  readonly logits: Tensor2D;
  readonly state: NtmState;
  readonly readParameters: HeadParameters;
  readonly writeParameters: WriteParameters;
}

/**
 * One time step of a Neural Turing Machine (Graves et al. 2014, figure 1):
 * 1. `u = [x, reads]`, `h = controller(u)`;
 * 2. `raw = h·headKernel + headBias` says what all heads do; with `headInput: 'cell'` the cell c stands for h;
 * 3. the heads address, write and read the memory, in the order of the configuration;
 * 4. `logits = [h, reads']·outputKernel + outputBias`.
 *
 * What the configuration bounds is clipped as soon as it is there: h (and h and c of the next state), raw, logits.
 *
 * @param x `[batch, inputSize]`
 * @param intervene changes what the heads say, before they act on it
 */
export function ntmStep(
  { controller, own, engine }: Parts,
  config: NtmConfig,
  x: Tensor2D,
  state: NtmState,
  intervene: Intervention = {},
): NtmStep {
  const u = concat([x, flat(state.reads)], 1);
  const { clipController, clipHeads, clipLogits } = config;
  const { output, state: carried } =
    config.controller === 'own'
      ? stepOfOwn(controller, u, state.controller)
      : controller.step(u, state.controller);
  const h = clipped(output, clipController);
  const controllerState = clippedCells(carried, clipController);
  const driving = config.headInput === 'cell' ? lastCell(controllerState) : h;
  const raw = clipped(add<Tensor2D>(matMul(driving, own.headKernel), own.headBias), clipHeads);
  const { reading, writing } = moveHeads(raw, { ...config, engine }, state, intervene);
  const seen = concat([h, flat(reading.reads)], 1);
  return {
    logits: clipped(add<Tensor2D>(matMul(seen, own.outputKernel), own.outputBias), clipLogits),
    state: {
      controller: controllerState,
      memory: writing.memory,
      readWeights: reading.weights,
      writeWeights: writing.weights,
      reads: reading.reads,
    },
    readParameters: reading.parameters,
    writeParameters: writing.parameters,
  };
}

/** c of the last layer, `[batch, controllerSize]`. */
function lastCell(state: ControllerState): Tensor2D {
  const last = isLstmState(state) ? state.cells.at(-1) : undefined;
  if (last === undefined) throw new Error('the options were checked: only an LSTM has cells');
  return last.c;
}

/** A step of a custom controller, whose output is checked. */
function stepOfOwn(
  controller: Controller,
  u: Tensor2D,
  state: ControllerState,
): ReturnType<Controller['step']> {
  const stepped = controller.step(u, state);
  checkObject('controller.step: what it returns', stepped, '{ output, state }');
  const shape = [u.shape[0], controller.outputSize] as const;
  const output = floatsOfShape('controller.step: output', stepped.output, shape, 'batch, outputSize');
  return { output, state: stepped.state };
}

/** What the heads say does not depend on the memory: all of them say it, then they act in the order of the configuration. */
function moveHeads(
  raw: Tensor2D,
  config: NtmConfig & EngineOption,
  { memory, readWeights, writeWeights }: NtmState,
  { read, write }: Intervention,
): Moved {
  const { memoryDim, shifts, readHeads, order } = config;
  const forReads = readHeads * readHeadSize(memoryDim, shifts);
  const [rawRead, rawWrite] = splitColumns(raw, [forReads, raw.shape[1] - forReads]);
  const writers = whatWritersSay(rawWrite, memoryDim, config, write);
  const readers = whatReadersSay(rawRead, memoryDim, config, read);
  if (order === 'in-turn') return inTurn({ readers, writers, memory, readWeights, writeWeights }, config);
  const writing = writeWith(writers, memory, writeWeights, config);
  const readable = order === 'write-first' ? writing.memory : memory;
  return { writing, reading: readWith(readers, readable, readWeights, config) };
}

/** `[batch, heads, M]` to `[batch, heads · M]`. */
function flat(reads: Tensor3D): Tensor2D {
  return reshape<Rank.R2>(reads, [reads.shape[0], reads.shape[1] * reads.shape[2]]);
}
