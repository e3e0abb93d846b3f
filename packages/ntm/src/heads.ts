import {
  type AddressOptions,
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
  checkWithin,
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
  /** What squashes keys, where it is not `keyAndAddActivation`. */
  readonly keyActivation?: KeyActivation;
  /** What squashes added vectors, where it is not `keyAndAddActivation`. */
  readonly addActivation?: KeyActivation;
  /** ε in the sharpening `w̃^γ / (Σ w̃^γ + ε)`, a number in [0, 1]. Default 0: weightings sum to 1. */
  readonly sharpenEpsilon?: number;
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
 * What all read heads of a step say, from their raw parameters `[batch, heads · (M + S + 3)]`.
 * @param change what they say, before they act on it
 */
export function whatReadersSay(
  raw: Tensor2D,
  memoryDim: number,
  { shifts = 3, keyAndAddActivation = 'tanh', keyActivation = keyAndAddActivation }: HeadsOptions,
  change?: Intervention['read'],
): HeadParameters {
  return readChanged(change, headParameters(raw, { memoryDim, shifts, keyActivation }));
}

/**
 * What all write heads of a step say, from their raw parameters `[batch, heads · (M + S + 3) + heads · 2M]`: first where
 * each looks, then for each in turn what it erases and what it adds.
 * @param change what they say, before they act on it
 */
export function whatWritersSay(
  raw: Tensor2D,
  memoryDim: number,
  options: HeadsOptions,
  change?: Intervention['write'],
): WriteParameters {
  const { shifts = 3, keyAndAddActivation = 'tanh' } = options;
  const { keyActivation = keyAndAddActivation, addActivation = keyAndAddActivation } = options;
  const [batch, columns] = raw.shape;
  const heads = columns / writeHeadSize(memoryDim, shifts);
  const addressing = heads * headSize({ memoryDim, shifts });
  const [whereRaw, whatRaw] = splitColumns(raw, [addressing, heads * 2 * memoryDim]);
  const where = headParameters(whereRaw, { memoryDim, shifts, keyActivation });
  const what: Tensor3D[] = split(reshape<Rank.R3>(whatRaw, [batch, heads, 2 * memoryDim]), 2, 2);
  const [eraseRaw, addRaw] = what;
  if (!eraseRaw || !addRaw) throw new Error('a split into two gives two');
  return writeChanged(change, {
    ...where,
    erase: sigmoid(eraseRaw),
    add: addActivation === 'tanh' ? tanh(addRaw) : addRaw,
  });
}

/** Read heads look and read. */
export function readWith(
  parameters: HeadParameters,
  memory: Tensor3D,
  previous: Tensor3D,
  options: HeadsOptions,
): ReadHeads {
  const weights = address(parameters, memory, previous, addressing(options));
  return { reads: read(memory, weights), weights, parameters };
}

/** Write heads look, all at the memory as it is, and write. */
export function writeWith(
  parameters: WriteParameters,
  memory: Tensor3D,
  previous: Tensor3D,
  options: HeadsOptions,
): WriteHeads {
  const weights = address(parameters, memory, previous, addressing(options));
  const { erase, add: added } = parameters;
  const { engine } = options;
  return { memory: write(memory, weights, erase, added, { engine }), weights, parameters };
}

/** No kernel sharpens with an epsilon. */
const addressing = ({ engine, sharpenEpsilon: epsilon = 0 }: HeadsOptions): AddressOptions =>
  epsilon === 0 ? { engine } : { engine: 'reference', epsilon };

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
    return readWith(whatReadersSay(raw, rows.shape[2], options), rows, previous, options);
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
    return writeWith(whatWritersSay(raw, rows.shape[2], options), rows, previous, options);
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
  const activations = ['keyAndAddActivation', 'keyActivation', 'addActivation'] as const;
  const others = ['kernel', 'bias', 'previous', 'shifts', 'sharpenEpsilon', 'engine'];
  checkOptions(where, options, [...others, ...activations]);
  const { engine = 'auto', sharpenEpsilon = 0 } = options;
  checkEngine(engine);
  checkWithin('sharpenEpsilon', sharpenEpsilon, 0, 1);
  for (const name of activations) checkOneOf(name, options[name] ?? 'tanh', ['tanh', 'linear']);
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
