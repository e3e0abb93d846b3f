import { headSize, type KeyActivation } from '@tapehead/addressing';
import type { ControllerFactory, ControllerKind } from '@tapehead/controller';
import type { Engine } from '@tapehead/core';
import { checkEngine, checkInteger, checkOneOf, checkOptions, TapeheadError, textOf } from '@tapehead/core';
import { type OutputActivation, outputActivations } from './activate.js';

/** Which comes first in a step: the paper does not fix it. */
export type StepOrder = 'write-first' | 'read-first';

/** What the memory holds before the first step: see `initialMemory` of {@link NtmOptions}. */
export type InitialMemory = 'constant' | 'random' | 'learned';

/** Which way the heads lean before they have learned anything: see `initialShift` of {@link NtmOptions}. */
export type InitialShift = 'onward' | 'even';

/** Where the heads are before the first step: see `initialWeighting` of {@link NtmOptions}. */
export type InitialWeighting = 'scattered' | 'together';

/** How a Neural Turing Machine is built; the defaults are those of `Edifice.Memory.NTM`, or the paper's. */
export interface NtmOptions {
  /** Width of the external input. */
  readonly inputSize: number;
  /** Width of the output. Default `inputSize`. */
  readonly outputSize?: number;
  /** N, the rows of the memory. Default 128. */
  readonly memorySize?: number;
  /** M, the length of a row. Default 32 (the paper: 20). */
  readonly memoryDim?: number;
  /** Width of the controller. Default 256. */
  readonly controllerSize?: number;
  /** Read heads, and as many write heads. Default 1. */
  readonly numHeads?: number;
  /** Read heads, where they are not `numHeads`. */
  readonly readHeads?: number;
  /** Write heads, where they are not `numHeads`. */
  readonly writeHeads?: number;
  /** A controller of the paper, or your own. Default `lstm`. */
  readonly controller?: ControllerKind | ControllerFactory;
  /** Layers of a controller of the paper. Default 1. */
  readonly layers?: number;
  /** S, the taps of the shift, odd. Default 3: one row back, stay, one row on. */
  readonly shifts?: number;
  /** What squashes keys and added vectors. Default `tanh`. */
  readonly keyAndAddActivation?: KeyActivation;
  /**
   * `write-first` (default): write heads address the old memory and write it; read heads address and read the new.
   * `read-first`: both address the old memory, and reads come from it.
   */
  readonly order?: StepOrder;
  /**
   * `learned` (default): rows start unlike each other, uniform in ±1/√(N + M), and training changes them;
   * `random`: the same, kept; `constant`: 1e-6 everywhere, kept.
   */
  readonly initialMemory?: InitialMemory;
  /**
   * What the shifts of a fresh net are: `onward` (default), most of each on the tap that moves one row on, as a tape is
   * read; `even`, all taps alike. Training changes it either way.
   */
  readonly initialShift?: InitialShift;
  /**
   * Where the heads of a fresh net start: `scattered` (default), each at rows of its own; `together`, all at the first
   * row, where several heads that move on a row a step do not come upon each other's tracks in sequences longer than
   * any in training. Training changes it either way.
   */
  readonly initialWeighting?: InitialWeighting;
  /** Default `sigmoid`. */
  readonly outputActivation?: OutputActivation;
  /**
   * What computes: `reference`, short compositions of tfjs ops; `fused`, one kernel call for a whole sequence, and one for
   * each part of a step that has a kernel, and an error where it is not registered; `auto` (default), what is registered on
   * the tfjs backend of the moment. No part of the `config`.
   */
  readonly engine?: Engine;
  /** An integer; the same seed gives the same initial weights. Without one they differ each time. */
  readonly seed?: number;
}

/** A net's options with every default filled in: plain JSON, from which `NTM.build` builds the same net. */
export interface NtmConfig {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly memorySize: number;
  readonly memoryDim: number;
  readonly controllerSize: number;
  readonly readHeads: number;
  readonly writeHeads: number;
  /** `own` where a factory made it: to build such a net again, pass the factory. */
  readonly controller: ControllerKind | 'own';
  readonly layers: number;
  readonly shifts: number;
  readonly keyAndAddActivation: KeyActivation;
  readonly order: StepOrder;
  readonly initialMemory: InitialMemory;
  readonly initialShift: InitialShift;
  readonly initialWeighting: InitialWeighting;
  readonly outputActivation: OutputActivation;
  readonly seed?: number;
}

export const optionNames: readonly (keyof NtmOptions)[] = [
  'inputSize',
  'outputSize',
  'memorySize',
  'memoryDim',
  'controllerSize',
  'numHeads',
  'readHeads',
  'writeHeads',
  'controller',
  'layers',
  'shifts',
  'keyAndAddActivation',
  'order',
  'initialMemory',
  'initialShift',
  'initialWeighting',
  'outputActivation',
  'engine',
  'seed',
];

/** More layers than this are a slip: each has variables of its own. */
export const MOST_LAYERS = 1000;

/**
 * Fills in the defaults and checks every option.
 * @throws TapeheadError `range` or `argument`, naming the option
 */
export function configOf(options: NtmOptions): NtmConfig {
  checkOptions('NTM.build', options, optionNames);
  const { inputSize, controller = 'lstm', numHeads = 1, engine = 'auto', seed } = options;
  const { outputSize = inputSize, memorySize = 128, memoryDim = 32, controllerSize = 256 } = options;
  const { readHeads = numHeads, writeHeads = numHeads, layers = 1, shifts = 3 } = options;
  const { keyAndAddActivation = 'tanh', order = 'write-first', outputActivation = 'sigmoid' } = options;
  const { initialMemory = 'learned', initialShift = 'onward', initialWeighting = 'scattered' } = options;
  if (typeof controller !== 'function') checkOneOf('controller', controller, ['lstm', 'feedforward']);
  checkEngine(engine);
  const config: NtmConfig = {
    inputSize,
    outputSize,
    memorySize,
    memoryDim,
    controllerSize,
    readHeads,
    writeHeads,
    controller: typeof controller === 'function' ? 'own' : controller,
    layers,
    shifts,
    keyAndAddActivation,
    order,
    initialMemory,
    initialShift,
    initialWeighting,
    outputActivation,
    ...(seed === undefined ? {} : { seed }),
  };
  checkConfig(config, numHeads);
  return config;
}

/** The options of a net among others. */
export function netOptionsAmong<Options extends Partial<NtmOptions>>(
  options: Options,
): Pick<Options, keyof NtmOptions & keyof Options> {
  const { ...net } = options;
  for (const name of Object.keys(net)) if (!isOption(name)) Reflect.deleteProperty(net, name);
  return net;
}

const isOption = (name: string): boolean => optionNames.some((each) => each === name);

function checkConfig(config: NtmConfig, numHeads: number): void {
  checkInteger('numHeads', numHeads);
  for (const name of [
    'inputSize',
    'outputSize',
    'memorySize',
    'memoryDim',
    'controllerSize',
    'readHeads',
    'writeHeads',
  ] as const) {
    checkInteger(name, config[name]);
  }
  checkInteger('layers', config.layers, 1, MOST_LAYERS);
  const { memoryDim, shifts, memorySize } = config;
  headSize({ memoryDim, shifts });
  if (shifts > memorySize) {
    throw new TapeheadError('range', `shifts: expected at most memorySize ${memorySize} taps, got ${shifts}`);
  }
  checkSeed(config.seed);
  checkOneOf('keyAndAddActivation', config.keyAndAddActivation, ['tanh', 'linear']);
  checkOneOf('order', config.order, ['write-first', 'read-first']);
  checkOneOf('initialMemory', config.initialMemory, ['constant', 'random', 'learned']);
  checkOneOf('initialShift', config.initialShift, ['onward', 'even']);
  checkOneOf('initialWeighting', config.initialWeighting, ['scattered', 'together']);
  checkOneOf('outputActivation', config.outputActivation, outputActivations);
}

/** @throws TapeheadError `range` unless the seed is left out or an integer */
export function checkSeed(seed: number | undefined): void {
  if (seed === undefined || Number.isSafeInteger(seed)) return;
  throw new TapeheadError('range', `seed: expected an integer, got ${textOf(seed)}`);
}
