import {
  address,
  type HeadParameters,
  headParameters,
  headSize,
  type KeyActivation,
} from '@tapehead/addressing';
import type { EngineOption } from '@tapehead/core';
import {
  asCube,
  checkEngine,
  checkOneOf,
  checkOptions,
  checkRoom,
  type Floats,
  floatsOfShape,
  TapeheadError,
} from '@tapehead/core';
import { read, write } from '@tapehead/memory';
import {
  add,
  fill,
  matMul,
  type Rank,
  reshape,
  sigmoid,
  split,
  type Tensor2D,
  type Tensor3D,
  tanh,
  tidy,
} from '@tensorflow/tfjs-core';
import { type Intervention, readChanged, writeChanged } from './intervention.js';
import { checkNotLayer } from './original.js';

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
  readonly kernel: Floats;
  /** `[raw]` */
  readonly bias: Floats;
  /** Weightings of the step before, `[batch, heads, N]`. Default uniform. */
  readonly previous?: Floats | undefined;
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
  change?: Intervention['read'],
): ReadHeads {
  const memoryDim = memory.shape[2];
  const said = headParameters(raw, { memoryDim, shifts, keyActivation: keyAndAddActivation });
  const parameters = readChanged(change, said);
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
  change?: Intervention['write'],
): WriteHeads {
  const [batch, , memoryDim] = memory.shape;
  const heads = previous.shape[1];
  const addressing = heads * headSize({ memoryDim, shifts });
  const [whereRaw, whatRaw] = splitColumns(raw, [addressing, heads * 2 * memoryDim]);
  const where = headParameters(whereRaw, { memoryDim, shifts, keyActivation: keyAndAddActivation });
  const what: Tensor3D[] = split(reshape<Rank.R3>(whatRaw, [batch, heads, 2 * memoryDim]), 2, 2);
  const [eraseRaw, addRaw] = what;
  if (!eraseRaw || !addRaw) throw new Error('a split into two gives two');
  const said: WriteParameters = {
    ...where,
    erase: sigmoid(eraseRaw),
    add: keyAndAddActivation === 'tanh' ? tanh(addRaw) : addRaw,
  };
  const parameters = writeChanged(change, said);
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
 * @throws TapeheadError `shape` where the shapes do not fit, `argument` for what is no numbers and for an unknown option
 */
export function readHead(controllerOut: Floats, memory: Floats, options: HeadOptions): ReadHeads {
  return tidy(() => {
    const { raw, rows, previous } = headInputs('readHead', controllerOut, memory, options, readHeadSize);
    return readWith(raw, rows, previous, options);
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
 * @throws TapeheadError `shape` where the shapes do not fit, `argument` for what is no numbers and for an unknown option
 */
export function writeHead(controllerOut: Floats, memory: Floats, options: HeadOptions): WriteHeads {
  return tidy(() => {
    const { raw, rows, previous } = headInputs('writeHead', controllerOut, memory, options, writeHeadSize);
    return writeWith(raw, rows, previous, options);
  });
}

/** What {@link readHead} and {@link writeHead} compute with, all of it checked and float32. */
function headInputs(
  where: string,
  controllerOut: Floats,
  memory: Floats,
  options: HeadOptions,
  sizeOf: typeof readHeadSize,
): { raw: Tensor2D; rows: Tensor3D; previous: Tensor3D } {
  checkNotLayer(where, controllerOut, options);
  checkOptions(where, options, ['kernel', 'bias', 'previous', 'shifts', 'keyAndAddActivation', 'engine']);
  const { engine = 'auto', keyAndAddActivation = 'tanh' } = options;
  checkEngine(engine);
  checkOneOf('keyAndAddActivation', keyAndAddActivation, ['tanh', 'linear']);
  const rows = asCube(floatsOfShape('memory', memory, ['batch', 'memorySize', 'memoryDim']));
  const [batch, memorySize, memoryDim] = rows.shape;
  const { shifts = 3 } = options;
  const size = sizeOf(memoryDim, shifts);
  if (shifts > memorySize) {
    throw new TapeheadError(
      'range',
      `shifts: expected at most one tap for each of the ${memorySize} rows of the memory, got ${shifts}`,
    );
  }
  const note = `batch ${batch} of the memory`;
  const given = floatsOfShape('controllerOut', controllerOut, [batch, 'controllerSize'], note);
  const kernel = floatsOfShape(
    'kernel',
    options.kernel,
    [given.shape[1], 'raw'],
    `controllerSize ${given.shape[1]}`,
  );
  const columns = kernel.shape[1];
  const bias = floatsOfShape('bias', options.bias, [columns], 'the columns of kernel');
  const heads = columns / size;
  if (!Number.isInteger(heads)) {
    throw new TapeheadError(
      'shape',
      `kernel: expected a multiple of ${size} columns (${size} a head), got ${columns}`,
    );
  }
  checkRoom(
    `${where} (batch ${batch}, ${heads} heads, memorySize ${memorySize})`,
    4 * (batch * heads * (2 * memorySize + size)),
    'take a smaller batch or fewer heads',
    4 * (batch * heads * Math.max(memorySize, size)),
  );
  const shape = [batch, heads, memorySize];
  const { previous = fill(shape, 1 / memorySize) } = options;
  return {
    raw: add<Tensor2D>(matMul(given, kernel), bias),
    rows,
    previous: asCube(floatsOfShape('previous', previous, shape, `${heads} heads`)),
  };
}
