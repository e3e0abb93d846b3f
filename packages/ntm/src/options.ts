import { headSize, type KeyActivation } from '@tapehead/addressing';
import type { ControllerFactory, ControllerKind, FeedforwardActivation } from '@tapehead/controller';
import type { Engine } from '@tapehead/core';
import {
  checkAbove,
  checkEngine,
  checkInteger,
  checkOneOf,
  checkOptions,
  checkWithin,
  TapeheadError,
  textOf,
} from '@tapehead/core';
import { type OutputActivation, outputActivations } from './activate.js';

/** Which comes first in a step: the paper does not fix it. See `order` of {@link NtmOptions}. */
export type StepOrder = 'write-first' | 'read-first' | 'in-turn';

/** What the heads of a step are driven by: see `headInput` of {@link NtmOptions}. */
export type HeadInput = 'output' | 'cell';

/** What the memory holds before the first step: see `initialMemory` of {@link NtmOptions}. */
export type InitialMemory = 'constant' | 'random' | 'learned';

/** Which way the heads lean before they have learned anything: see `initialShift` of {@link NtmOptions}. */
export type InitialShift = 'onward' | 'even';

/** Where the heads are before the first step: see `initialWeighting` of {@link NtmOptions}. */
export type InitialWeighting = 'scattered' | 'together' | 'zero';

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
  /** Layers of a feed-forward controller are `tanh` (default) or `relu` of `x·kernel + bias`. */
  readonly controllerActivation?: FeedforwardActivation;
  /**
   * What the heads are driven by, `raw = input·headKernel + headBias`: `output` (default), the controller's output; `cell`,
   * the cell c of the last layer of an LSTM. The net's output is made of the controller's output in both cases.
   */
  readonly headInput?: HeadInput;
  /** What squashes keys and added vectors. Default `tanh`. */
  readonly keyAndAddActivation?: KeyActivation;
  /** What squashes keys, where it is not `keyAndAddActivation`. */
  readonly keyActivation?: KeyActivation;
  /** What squashes added vectors, where it is not `keyAndAddActivation`. */
  readonly addActivation?: KeyActivation;
  /**
   * ε in the sharpening `w(i) = w̃(i)^γ / (Σ_j w̃(j)^γ + ε)`, a number in [0, 1]. Above 0, weightings may sum to less than 1,
   * and a weighting of zeros stays zeros. Several public nets were trained with 1e-16. Default 0: weightings sum to 1.
   */
  readonly sharpenEpsilon?: number;
  /**
   * `write-first` (default): write heads address the old memory and write it; read heads address and read the new.
   * `read-first`: both address the old memory, and reads come from it.
   * `in-turn`: read head 0, write head 0, read head 1, write head 1 and so on; each addresses, and reads or writes, the
   * memory as the heads before it left it. Heads without a partner come last.
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
   * any in training. Training changes both. `zero`: weightings of zeros, `w₀ = 0`, for which the net has no variables. The
   * first step then blends `g·w_c + (1 − g)·0`; sharpening makes it sum to 1, or to less with `sharpenEpsilon`.
   */
  readonly initialWeighting?: InitialWeighting;
  /** Default `sigmoid`. */
  readonly outputActivation?: OutputActivation;
  /**
   * Bound b of the controller's output, `h ← min(max(h, −b), b)`, before heads and output see it; of an LSTM also of the h
   * and c that each layer carries to the next step. Default none.
   */
  readonly clipController?: number;
  /** Bound b of the raw parameters of the heads, `raw ← min(max(raw, −b), b)`, before they are squashed. Default none. */
  readonly clipHeads?: number;
  /** Bound b of the logits, `min(max(logits, −b), b)`, before the activation of the output. Default none. */
  readonly clipLogits?: number;
  /**
   * What computes: `reference`, short compositions of tfjs ops; `fused`, one kernel call for a whole sequence, and one for
   * each part of a step that has a kernel, and an error where it is not registered; `auto` (default), what is registered on
   * the tfjs backend of the moment. No part of the `config`.
   */
  readonly engine?: Engine;
  /** An integer; the same seed gives the same initial weights. Without one they differ each time. */
  readonly seed?: number;
}

/**
 * A net's options with every default filled in: plain JSON, from which `NTM.build` builds the same net. The optional ones
 * are there only where they are not their defaults, so that configs of older versions stay equal.
 */
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
  readonly controllerActivation?: 'relu';
  readonly headInput?: 'cell';
  /** `tanh` where keys and added vectors differ. */
  readonly keyAndAddActivation: KeyActivation;
  /** `linear`, where keys alone are. */
  readonly keyActivation?: 'linear';
  /** `linear`, where added vectors alone are. */
  readonly addActivation?: 'linear';
  readonly sharpenEpsilon?: number;
  readonly order: StepOrder;
  readonly initialMemory: InitialMemory;
  readonly initialShift: InitialShift;
  readonly initialWeighting: InitialWeighting;
  readonly outputActivation: OutputActivation;
  readonly clipController?: number;
  readonly clipHeads?: number;
  readonly clipLogits?: number;
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
  'controllerActivation',
  'headInput',
  'keyAndAddActivation',
  'keyActivation',
  'addActivation',
  'sharpenEpsilon',
  'order',
  'initialMemory',
  'initialShift',
  'initialWeighting',
  'outputActivation',
  'clipController',
  'clipHeads',
  'clipLogits',
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
  const { order = 'write-first', outputActivation = 'sigmoid' } = options;
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
    ...partsOf(options),
    ...activationsOf(options),
    order,
    initialMemory,
    initialShift,
    initialWeighting,
    outputActivation,
    ...boundsOf(options),
    ...(seed === undefined ? {} : { seed }),
  };
  checkConfig(config, numHeads);
  return config;
}

/** How keys and added vectors are squashed: one option where both are alike. */
function activationsOf(
  options: NtmOptions,
): Pick<NtmConfig, 'keyAndAddActivation' | 'keyActivation' | 'addActivation'> {
  const { keyAndAddActivation: both = 'tanh', keyActivation = both, addActivation = both } = options;
  for (const [name, activation] of Object.entries({
    keyAndAddActivation: both,
    keyActivation,
    addActivation,
  })) {
    checkOneOf(name, activation, ['tanh', 'linear']);
  }
  if (keyActivation === addActivation) return { keyAndAddActivation: keyActivation };
  return keyActivation === 'linear'
    ? { keyAndAddActivation: 'tanh', keyActivation }
    : { keyAndAddActivation: 'tanh', addActivation: 'linear' };
}

/** What of the controller, the heads and the sharpening is not the default. */
function partsOf(
  options: NtmOptions,
): Pick<NtmConfig, 'controllerActivation' | 'headInput' | 'sharpenEpsilon'> {
  const { controller = 'lstm', controllerActivation = 'tanh', headInput = 'output' } = options;
  const { sharpenEpsilon = 0 } = options;
  checkOneOf('controllerActivation', controllerActivation, ['tanh', 'relu']);
  checkOneOf('headInput', headInput, ['output', 'cell']);
  checkWithin('sharpenEpsilon', sharpenEpsilon, 0, 1);
  if (controllerActivation !== 'tanh' && controller !== 'feedforward')
    throw new TapeheadError(
      'argument',
      `controllerActivation: only a controller 'feedforward' has one, got '${controllerActivation}' for ${textOf(controller)}`,
    );
  if (headInput === 'cell' && controller !== 'lstm')
    throw new TapeheadError(
      'argument',
      `headInput: only a controller 'lstm' has a cell, got 'cell' for ${textOf(controller)}`,
    );
  return {
    ...(controllerActivation === 'tanh' ? {} : { controllerActivation }),
    ...(headInput === 'output' ? {} : { headInput }),
    ...(sharpenEpsilon === 0 ? {} : { sharpenEpsilon }),
  };
}

type Bounds = Pick<NtmConfig, 'clipController' | 'clipHeads' | 'clipLogits'>;

/** The bounds that there are. */
function boundsOf({ clipController, clipHeads, clipLogits }: NtmOptions): Bounds {
  const bounds: Bounds = {
    ...(clipController === undefined ? {} : { clipController }),
    ...(clipHeads === undefined ? {} : { clipHeads }),
    ...(clipLogits === undefined ? {} : { clipLogits }),
  };
  for (const [name, bound] of Object.entries(bounds)) checkAbove(name, bound, 0);
  return bounds;
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
  checkOneOf('order', config.order, ['write-first', 'read-first', 'in-turn']);
  checkOneOf('initialMemory', config.initialMemory, ['constant', 'random', 'learned']);
  checkOneOf('initialShift', config.initialShift, ['onward', 'even']);
  checkOneOf('initialWeighting', config.initialWeighting, ['scattered', 'together', 'zero']);
  checkOneOf('outputActivation', config.outputActivation, outputActivations);
}

/** @throws TapeheadError `range` unless the seed is left out or an integer */
export function checkSeed(seed: number | undefined): void {
  if (seed === undefined || Number.isSafeInteger(seed)) return;
  throw new TapeheadError('range', `seed: expected an integer, got ${textOf(seed)}`);
}
