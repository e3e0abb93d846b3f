import type { Engine } from '@tapehead/core';
import { checkEngine, checkInteger, checkOneOf, checkOptions } from '@tapehead/core';
import { type OutputActivation, outputActivations } from '../activate.js';
import { checkSeed, MOST_LAYERS } from '../options.js';

/** How an LSTM without a memory is built; the defaults are those of table 3 of the paper, for copy and recall. */
export interface LstmBaselineOptions {
  /** Width of the external input. */
  readonly inputSize: number;
  /** Width of the output. Default `inputSize`. */
  readonly outputSize?: number;
  /** Number of layers. Default 3. */
  readonly layers?: number;
  /** Width of each layer. Default 256 (the paper: 512 for repeat copy, 128 for n-grams and sort). */
  readonly size?: number;
  /** Default `sigmoid`. */
  readonly outputActivation?: OutputActivation;
  /**
   * What whole sequences run on: `reference`, short compositions of tfjs ops; `fused`, one kernel call; `auto` (default),
   * fused where its kernels are registered on the tfjs backend of the moment. No part of the `config`.
   */
  readonly engine?: Engine;
  /** An integer; the same seed gives the same initial weights. Without one they differ each time. */
  readonly seed?: number;
}

/** The options with every default filled in: plain JSON, from which `LSTMBaseline.build` builds the same net. */
export interface LstmBaselineConfig {
  /** Tells it from the config of an NTM. */
  readonly model: 'lstm';
  readonly inputSize: number;
  readonly outputSize: number;
  readonly layers: number;
  readonly size: number;
  readonly outputActivation: OutputActivation;
  readonly seed?: number;
}

/**
 * Fills in the defaults and checks every option.
 * @throws TapeheadError `range` or `argument`, naming the option
 */
export function baselineConfigOf(options: LstmBaselineOptions): LstmBaselineConfig {
  checkOptions('LSTMBaseline.build', options, optionNames);
  const { inputSize, outputSize = inputSize, layers = 3, size = 256, seed } = options;
  const { outputActivation = 'sigmoid', engine = 'auto' } = options;
  for (const [name, value] of Object.entries({ inputSize, outputSize, size })) checkInteger(name, value);
  checkInteger('layers', layers, 1, MOST_LAYERS);
  checkOneOf('outputActivation', outputActivation, outputActivations);
  checkEngine(engine);
  checkSeed(seed);
  const sizes = { inputSize, outputSize, layers, size };
  return { model: 'lstm', ...sizes, outputActivation, ...(seed === undefined ? {} : { seed }) };
}

/** `model` is that of a config. */
const optionNames: readonly string[] = [
  'model',
  ...([
    'inputSize',
    'outputSize',
    'layers',
    'size',
    'outputActivation',
    'engine',
    'seed',
  ] satisfies readonly (keyof LstmBaselineOptions)[]),
];
