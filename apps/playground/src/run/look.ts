import type { HeadName } from './episodeSpec.js';

/** What one head did in an episode of T steps; row-major, time first. */
export interface HeadLook extends HeadName {
  /** `[T, N]` each, in the order of equations 5 to 9; `sharpened` is where the head looked. */
  readonly previous: Float32Array;
  readonly content: Float32Array;
  readonly interpolated: Float32Array;
  readonly shifted: Float32Array;
  readonly sharpened: Float32Array;
  /** `[T]` each */
  readonly beta: Float32Array;
  readonly gate: Float32Array;
  readonly gamma: Float32Array;
  /** `[T, S]` */
  readonly shift: Float32Array;
  /** What it added, or read: `[T, M]`. */
  readonly vector: Float32Array;
}

/** A bit of the input that can be clicked: the draw of the task that it stands for. */
export interface InputBit {
  readonly draw: number;
  readonly step: number;
  readonly channel: number;
}

/** The input of an episode, and which of it a person may say. */
export interface OwnInput {
  readonly channels: readonly string[];
  /** `[T, channels]` */
  readonly input: Float32Array;
  readonly bits: readonly InputBit[];
}

/** One episode through one net, all that is to be seen of it as plain numbers. */
export interface Look {
  readonly title: string;
  readonly steps: number;
  readonly inputChannels: readonly string[];
  readonly outputChannels: readonly string[];
  /** `[T, inputSize]` */
  readonly input: Float32Array;
  /** `[T, outputSize]` */
  readonly target: Float32Array;
  /** `[T, outputSize]`, probabilities */
  readonly output: Float32Array;
  /** `[T]` */
  readonly mask: Float32Array;
  readonly memorySize: number;
  readonly memoryDim: number;
  readonly shifts: number;
  /** After each step, `[T, N, M]`. */
  readonly memory: Float32Array;
  /** Write heads first. */
  readonly heads: readonly HeadLook[];
  readonly bits: number;
  /** The cost that nobody can beat on average, where it is not 0. */
  readonly best?: number;
  readonly wrong: number;
  readonly scored: number;
}

/** How one net answers, for comparison. */
export interface Answer {
  readonly net: NetName;
  readonly sequences: number;
  /** `[T, outputSize]`, probabilities */
  readonly output: Float32Array;
  /** `[T]` */
  readonly mask: Float32Array;
  /** Where the first read head looked, `[T, N]`. */
  readonly readWeights: Float32Array;
  readonly bits: number;
  readonly wrong: number;
  readonly scored: number;
}

/** Which net: one that came with the page, one that knows nothing, or the run of this page. */
export const netNames = ['trained', 'half', 'untrained', 'yours'] as const;
export type NetName = (typeof netNames)[number];
