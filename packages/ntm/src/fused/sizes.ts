import { readHeadSize } from '../heads.js';
import type { NtmConfig } from '../options.js';

/** What the kernels are told of a sequence, in the order in which they take it: 32-bit integers. */
export const fields = [
  'batch',
  'time',
  'inputSize',
  'outputSize',
  'controllerSize',
  'layers',
  'memorySize',
  'memoryDim',
  'readHeads',
  'writeHeads',
  'shifts',
  /** 0 for an LSTM, 1 for a feed-forward controller. */
  'feedforward',
  /** 1 where keys and added vectors go through tanh. */
  'bounded',
  /** 0 for write-first, 1 for read-first. */
  'readFirst',
  /** 1: the start has no batch, each sequence starts from it; 2: its weightings are logits. */
  'startFlags',
] as const;

export type Sizes = Readonly<Record<(typeof fields)[number], number>>;

/** Where a sequence starts: from the learned values, the same for the whole batch, or from a state with a batch. */
export type Start = 'learned' | 'given';

export function sizesOf(config: NtmConfig, batch: number, time: number, start: Start): Sizes {
  const { inputSize, outputSize, controllerSize, layers, memorySize, memoryDim } = config;
  const { readHeads, writeHeads, shifts } = config;
  return {
    ...{ batch, time, inputSize, outputSize, controllerSize, layers, memorySize, memoryDim },
    ...{ readHeads, writeHeads, shifts },
    feedforward: config.controller === 'feedforward' ? 1 : 0,
    bounded: config.keyAndAddActivation === 'tanh' ? 1 : 0,
    readFirst: config.order === 'read-first' ? 1 : 0,
    startFlags: start === 'learned' ? 1 + 2 : 0,
  };
}

/** All heads' raw numbers: the columns of headKernel. */
function rawSize({ memoryDim, shifts, readHeads, writeHeads }: Sizes): number {
  return (readHeads + writeHeads) * readHeadSize(memoryDim, shifts) + writeHeads * 2 * memoryDim;
}

/** Shapes of headKernel, headBias, outputKernel, outputBias, and each layer's kernel, recurrentKernel (LSTM) and bias. */
export function parameterShapes(sizes: Sizes): number[][] {
  const { inputSize, outputSize, controllerSize, layers, readHeads, memoryDim, feedforward } = sizes;
  const raw = rawSize(sizes);
  const width = feedforward === 1 ? controllerSize : 4 * controllerSize;
  const layer = (l: number): number[][] => {
    const kernel = [l === 0 ? inputSize + readHeads * memoryDim : controllerSize, width];
    return feedforward === 1 ? [kernel, [width]] : [kernel, [controllerSize, width], [width]];
  };
  return [
    [controllerSize, raw],
    [raw],
    [controllerSize + readHeads * memoryDim, outputSize],
    [outputSize],
    ...Array.from({ length: layers }, (_, l) => layer(l)).flat(),
  ];
}

/** Shapes of memory, readWeights, writeWeights, reads and, for each layer of an LSTM, h and c, behind `batch`. */
export function stateShapes(sizes: Sizes, batch: number[]): number[][] {
  const { memorySize, memoryDim, readHeads, writeHeads, controllerSize, layers, feedforward } = sizes;
  const cells = feedforward === 1 ? 0 : 2 * layers;
  return [
    [...batch, memorySize, memoryDim],
    [...batch, readHeads, memorySize],
    [...batch, writeHeads, memorySize],
    [...batch, readHeads, memoryDim],
    ...Array.from({ length: cells }, () => [...batch, controllerSize]),
  ];
}

/** Shapes of what a trace holds: memory, reads, readWeights, writeWeights, and the parameters of all heads. */
export function traceShapes(sizes: Sizes): number[][] {
  const { batch, time, memorySize, memoryDim, readHeads, writeHeads } = sizes;
  return [
    [batch, time, memorySize, memoryDim],
    [batch, time, readHeads, memoryDim],
    [batch, time, readHeads, memorySize],
    [batch, time, writeHeads, memorySize],
    [batch, time, rawSize(sizes)],
  ];
}

/** Of an NTM. */
export const ntmShapes = { parameters: parameterShapes, state: stateShapes };
