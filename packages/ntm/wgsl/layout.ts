import { batched, constants, type Place, placeIn, sumOf, u } from '@tapehead/core/kernels';
import { countOf } from '../src/fused/op.js';
import { parameterShapes, type Sizes, stateShapes } from '../src/fused/sizes.js';

/** A net: what of the sizes a program is compiled for. Batch and time it is told. */
export type Net = Omit<Sizes, 'batch' | 'time'>;

export interface LayerPlaces {
  readonly kernel: number;
  /** Not there in a feed-forward layer. */
  readonly recurrentKernel: number;
  readonly bias: number;
}

/**
 * Where everything stands, in floats.
 *
 * `learned` holds the parameters one behind the other, then the start. The workspace holds, for each sequence, T + 1 rows:
 * row t is what step t finds (memory, weightings, reads, h, c), what it does, and the gradients that backward finds there;
 * behind the rows of all sequences stand the gradients of their starts, then the scratch of their workgroups.
 */
export interface Layout {
  readonly net: Net;
  /** Gates of a layer, raw numbers of all heads, reads of a step. */
  readonly gates: number;
  readonly raw: number;
  readonly reads: number;
  readonly learned: {
    readonly headKernel: number;
    readonly headBias: number;
    readonly outputKernel: number;
    readonly outputBias: number;
    readonly layers: readonly LayerPlaces[];
    /** Where the start begins. */
    readonly end: number;
  };
  readonly row: Readonly<Record<RowPart, number>>;
  readonly rowSize: number;
  /** Of one sequence: memory, readWeights, writeWeights, reads, then h and c of each layer. */
  readonly startSizes: readonly number[];
}

/** What stands in a row; `one` is 1, the input of the biases. */
export type RowPart =
  | 'memory'
  | 'inverses'
  | 'weights'
  | 'saved'
  | 'one'
  | 'hidden'
  | 'reads'
  | 'x'
  | 'cells'
  | 'gates'
  | 'heads'
  | 'dLogits'
  | 'dRaw'
  | 'dGates';

export function layoutOf(net: Net): Layout {
  const { inputSize, outputSize, controllerSize: U, layers, memorySize: N, memoryDim: M } = net;
  const heads = net.readHeads + net.writeHeads;
  const raw = heads * (M + net.shifts + 3) + net.writeHeads * 2 * M;
  const gates = net.feedforward === 1 ? U : 4 * U;
  const reads = net.readHeads * M;
  const { places: row, end } = inTurn({
    memory: N * M,
    inverses: N,
    weights: heads * N,
    saved: heads * 3 * N,
    one: 1,
    hidden: layers * U,
    reads,
    x: inputSize,
    cells: net.feedforward === 1 ? 0 : layers * U,
    gates: layers * gates,
    heads: raw,
    dLogits: outputSize,
    dRaw: raw,
    dGates: layers * gates,
  });
  const sized: Sizes = { ...net, batch: 1, time: 1 };
  return {
    net,
    gates,
    raw,
    reads,
    learned: learnedOf(sized),
    row,
    // 128 bytes, as GPUs fetch them.
    rowSize: 32 * Math.ceil(end / 32),
    startSizes: stateShapes(sized, []).map(countOf),
  };
}

function learnedOf(sizes: Sizes): Layout['learned'] {
  const counts = parameterShapes(sizes).map(countOf);
  const offsets = counts.map((_, i) => sumOf(counts.slice(0, i)));
  const at = (i: number): number => offsets[i] ?? 0;
  const ofLayer = sizes.feedforward === 1 ? 2 : 3;
  return {
    headKernel: at(0),
    headBias: at(1),
    outputKernel: at(2),
    outputBias: at(3),
    layers: Array.from({ length: sizes.layers }, (_, l) => {
      const first = 4 + ofLayer * l;
      return { kernel: at(first), recurrentKernel: at(first + 1), bias: at(first + ofLayer - 1) };
    }),
    end: sumOf(counts),
  };
}

function inTurn<Part extends string>(
  sizes: Readonly<Record<Part, number>>,
): { places: Record<Part, number>; end: number } {
  let end = 0;
  const places: Record<Part, number> = { ...sizes };
  for (const part of Object.keys(sizes) as Part[]) {
    places[part] = end;
    end += sizes[part];
  }
  return { places, end };
}

/** The sizes as constants of WGSL, which the formulas of the packages are written in. */
export function constantsOf({ net, rowSize, startSizes }: Layout): string {
  const heads = net.readHeads + net.writeHeads;
  return constants({
    N: net.memorySize,
    M: net.memoryDim,
    U: net.controllerSize,
    R: net.readHeads,
    W: net.writeHeads,
    S: net.shifts,
    HALF: (net.shifts - 1) / 2,
    HEADS: heads,
    HEAD: net.memoryDim + net.shifts + 3,
    ROW: rowSize,
    START: sumOf(startSizes),
  });
}

/** A part of a row of the workspace; `row` is WGSL for where the row begins. */
export function inRow({ row }: Layout, part: RowPart, at: 'row' | 'next', first = 0): Place {
  return placeIn('workspace', `${at} + ${u(row[part] + first)}`);
}

/** The tensors of a state that has a batch and begins at `first` of a buffer, those of sequence `b`. */
export function batchedState({ startSizes }: Layout, buffer: string, first: string): Place[] {
  return Object.values(batched(buffer, Object.fromEntries(startSizes.entries()), first));
}

/** The tensors of a state that has no batch. */
export function singleState({ startSizes }: Layout, buffer: string, first: string): Place[] {
  return startSizes.map((_, i) => placeIn(buffer, `${first} + ${u(sumOf(startSizes.slice(0, i)))}`));
}

/** Names the tensors of a state. */
export function stateParts(places: readonly Place[]): {
  memory: Place;
  readWeights: Place;
  writeWeights: Place;
  reads: Place;
  cells: { h: Place; c: Place }[];
} {
  const [memory, readWeights, writeWeights, reads, ...rest] = places;
  if (!memory || !readWeights || !writeWeights || !reads) throw new Error('a state has these');
  const cells = rest.flatMap((h, i) => {
    const c = rest[i + 1];
    return i % 2 === 0 && c ? [{ h, c }] : [];
  });
  return { memory, readWeights, writeWeights, reads, cells };
}

/** The floats of the workspace; `scratch` is what the greediest program needs of a buffer for each sequence. */
export function workspaceFloats(
  { rowSize, startSizes }: Layout,
  batch: number,
  time: number,
  scratch: number,
): number {
  return batch * ((time + 1) * rowSize + sumOf(startSizes) + scratch);
}

/** Declares where the scratch of sequence `b` begins. */
export const scratchOf = (floats: number): string =>
  `let scratch = given.B * ((given.T + 1u) * ROW + START) + b * ${u(floats)};`;
