import {
  address,
  type HeadParameters,
  headParameters,
  headSize,
  type KeyActivation,
} from '@tapehead/addressing';
import type { EngineOption } from '@tapehead/core';
import { checkShape, TapeheadError } from '@tapehead/core';
import { read, write } from '@tapehead/memory';
import {
  add,
  fill,
  matMul,
  type Rank,
  reshape,
  sigmoid,
  split,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tanh,
  tidy,
} from '@tensorflow/tfjs-core';
import type { Intervention } from './intervention.js';

/** What the read heads of a step do: where they look, why, and what they read. */
export type ReadHeads = {
  /** `[batch, heads, M]` */
  reads: Tensor3D;
  /** `[batch, heads, N]` */
  weights: Tensor3D;
  parameters: HeadParameters;
};

/** What a write head says: where to look, what to erase there and what to add. */
export type WriteParameters = HeadParameters & {
  /** In (0, 1): `[batch, heads, M]`. */
  readonly erase: Tensor3D;
  /** `[batch, heads, M]` */
  readonly add: Tensor3D;
};

/** What the write heads of a step do: where they look, why, and the memory they leave. */
export type WriteHeads = {
  /** `[batch, N, M]` */
  memory: Tensor3D;
  /** `[batch, heads, N]` */
  weights: Tensor3D;
  parameters: WriteParameters;
};

/** What all heads of a net have in common. */
export interface HeadsOptions extends EngineOption {
  /** S, the taps of the shift, odd. Default 3. */
  readonly shifts?: number;
  /** What squashes keys and added vectors. Default `tanh`. */
  readonly keyAndAddActivation?: KeyActivation;
}

/** What all heads of a net have in common, the weights of the heads, and where they looked before. */
export interface HeadOptions extends HeadsOptions {
  /** From the controller's output to the raw parameters of all heads, `[controllerSize, raw]`. */
  readonly kernel: Tensor;
  /** `[raw]` */
  readonly bias: Tensor;
  /** Weightings of the step before, `[batch, heads, N]`. Default uniform. */
  readonly previous?: Tensor3D;
}

/** Raw numbers that one read head takes: key (M), beta, gate, shift (S), gamma. */
export function readHeadSize(memoryDim: number, shifts = 3): number {
  return headSize({ memoryDim, shifts });
}

/** Raw numbers that one write head takes: those of a read head, erase (M) and add (M). */
export function writeHeadSize(memoryDim: number, shifts = 3): number {
  return headSize({ memoryDim, shifts }) + 2 * memoryDim;
}

/**
 * All read heads of a step, from their raw parameters `[batch, heads · (M + S + 3)]`.
 * @param change what they say, before they act on it
 */
export function readWith(
  raw: Tensor2D,
  memory: Tensor3D,
  previous: Tensor3D,
  { shifts = 3, keyAndAddActivation = 'tanh', engine }: HeadsOptions,
  change: Intervention['read'] = (said) => said,
): ReadHeads {
  const memoryDim = memory.shape[2];
  const said = headParameters(raw, { memoryDim, shifts, keyActivation: keyAndAddActivation });
  const parameters = change(said);
  const weights = address(parameters, memory, previous, { engine });
  return { reads: read(memory, weights), weights, parameters };
}

/**
 * All write heads of a step, from their raw parameters `[batch, heads · (M + S + 3) + heads · 2M]`: first where each
 * looks, then for each in turn what it erases and what it adds.
 * @param change what they say, before they act on it
 */
export function writeWith(
  raw: Tensor2D,
  memory: Tensor3D,
  previous: Tensor3D,
  { shifts = 3, keyAndAddActivation = 'tanh', engine }: HeadsOptions,
  change: Intervention['write'] = (said) => said,
): WriteHeads {
  const [batch, , memoryDim] = memory.shape;
  const heads = previous.shape[1];
  const addressing = heads * headSize({ memoryDim, shifts });
  const [whereRaw, whatRaw] = splitColumns(raw, [addressing, heads * 2 * memoryDim]);
  const where = headParameters(whereRaw, { memoryDim, shifts, keyActivation: keyAndAddActivation });
  const what: Tensor3D[] = split(reshape<Rank.R3>(whatRaw, [batch, heads, 2 * memoryDim]), 2, 2);
  const [eraseRaw, addRaw] = what;
  if (!eraseRaw || !addRaw) throw new Error('a split into two gives two');
  const parameters = change({
    ...where,
    erase: sigmoid(eraseRaw),
    add: keyAndAddActivation === 'tanh' ? tanh(addRaw) : addRaw,
  });
  const weights = address(parameters, memory, previous, { engine });
  const written = write(memory, weights, parameters.erase, parameters.add, { engine });
  return { memory: written, weights, parameters };
}

/** The first columns and the rest. */
export function splitColumns(raw: Tensor2D, widths: [number, number]): [Tensor2D, Tensor2D] {
  const parts: Tensor2D[] = split(raw, widths, 1);
  const [first, rest] = parts;
  if (!first || !rest) throw new Error('a split into two gives two');
  return [first, rest];
}

/**
 * One step of a read head, or of several (Graves et al. 2014, sections 3.1 and 3.3): squashes
 * `controllerOut·kernel + bias` into head parameters, goes through the four stages of addressing, and reads.
 *
 * @param controllerOut `[batch, controllerSize]`
 * @param memory `[batch, N, M]`
 * @param options kernel `[controllerSize, heads · readHeadSize(M, S)]` and bias of the heads; where they looked before
 * @returns reads `[batch, heads, M]`, weights `[batch, heads, N]` and the parameters of the heads
 * @throws TapeheadError `shape` where the shapes do not fit
 */
export function readHead(controllerOut: Tensor2D, memory: Tensor3D, options: HeadOptions): ReadHeads {
  return tidy(() => {
    const size = readHeadSize(memory.shape[2], options.shifts);
    const { raw, previous } = rawOf(controllerOut, memory, options, size);
    return readWith(raw, memory, previous, options);
  });
}

/**
 * One step of a write head, or of several (Graves et al. 2014, sections 3.2 and 3.3): squashes
 * `controllerOut·kernel + bias` into head parameters, goes through the four stages of addressing, erases and adds:
 * `M·(1 − w eᵀ) + w aᵀ`.
 *
 * @param controllerOut `[batch, controllerSize]`
 * @param memory `[batch, N, M]`
 * @param options kernel `[controllerSize, heads · writeHeadSize(M, S)]` and bias of the heads; where they looked before
 * @returns the new memory `[batch, N, M]`, weights `[batch, heads, N]` and the parameters of the heads
 * @throws TapeheadError `shape` where the shapes do not fit
 */
export function writeHead(controllerOut: Tensor2D, memory: Tensor3D, options: HeadOptions): WriteHeads {
  return tidy(() => {
    const size = writeHeadSize(memory.shape[2], options.shifts);
    const { raw, previous } = rawOf(controllerOut, memory, options, size);
    return writeWith(raw, memory, previous, options);
  });
}

function rawOf(
  controllerOut: Tensor2D,
  memory: Tensor3D,
  { kernel, bias, previous }: HeadOptions,
  size: number,
): { raw: Tensor2D; previous: Tensor3D } {
  checkShape('memory', memory, ['batch', 'memorySize', 'memoryDim']);
  const [batch, memorySize] = memory.shape;
  const [, columns = 0] = kernel.shape;
  checkShape('controllerOut', controllerOut, [batch, 'controllerSize'], `batch ${batch} of the memory`);
  checkShape('kernel', kernel, [controllerOut.shape[1], 'raw'], `controllerSize ${controllerOut.shape[1]}`);
  checkShape('bias', bias, [columns], 'the columns of kernel');
  const heads = columns / size;
  if (!Number.isInteger(heads) || heads === 0) {
    throw new TapeheadError(
      'shape',
      `kernel: expected a multiple of ${size} columns (${size} a head), got ${columns}`,
    );
  }
  if (previous) checkShape('previous', previous, [batch, heads, memorySize], `${heads} heads`);
  return {
    raw: add<Tensor2D>(matMul(controllerOut, kernel), bias),
    previous: previous ?? fill<Rank.R3>([batch, heads, memorySize], 1 / memorySize),
  };
}
