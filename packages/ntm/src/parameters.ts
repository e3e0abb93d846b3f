import {
  type Controller,
  type ControllerContext,
  type ControllerFactory,
  controllerOfKind,
  glorotUniform,
  type MakeVariable,
  seedStream,
} from '@tapehead/controller';
import { checkFunction, checkInteger, checkObject, type Engine } from '@tapehead/core';
import { constantMemory, randomMemory } from '@tapehead/memory';
import {
  add,
  mul,
  oneHot,
  type Rank,
  randomNormal,
  type Tensor,
  tensor1d,
  tidy,
  tile,
  type Variable,
  zeros,
} from '@tensorflow/tfjs-core';
import { readHeadSize, writeHeadSize } from './heads.js';
import type { NtmConfig } from './options.js';
import { checkNetRoom } from './room.js';
import { type Variables, withVariables } from './variables.js';

/** The variables of a net outside its controller. */
export interface OwnVariables {
  /** `[controllerSize, read heads · (M + S + 3) + write heads · (3M + S + 3)]` */
  readonly headKernel: Variable;
  readonly headBias: Variable;
  /** `[controllerSize + R·M, outputSize]` */
  readonly outputKernel: Variable;
  readonly outputBias: Variable;
  /** What the memory holds before the first step, `[N, M]`. */
  readonly memory: Variable;
  /** The weightings before the first step are the softmax of these, `[R, N]` and `[W, N]`; zeros without them. */
  readonly startLogits?: { readonly read: Variable; readonly write: Variable };
  /** What the heads read before the first step, `[R, M]`. */
  readonly reads: Variable;
}

/** The variables of a net, and the controller that holds some of them. */
export interface Parts {
  readonly controller: Controller;
  readonly own: OwnVariables;
  /** What the parts of a step run on. */
  readonly engine: Engine;
  /** All by name, in a fixed order; those of the controller as `controller.…`. */
  readonly all: Variables;
}

/** What built the controller of each net, by its config: to build the net again with other sizes. */
const factories = new WeakMap<NtmConfig, ControllerFactory>();

/** The factory of a net's controller. */
export function factoryBehind(config: NtmConfig): ControllerFactory {
  const factory = factories.get(config);
  if (factory === undefined) throw new Error('the config is that of a net');
  return factory;
}

/**
 * Makes the variables of a net. The same seed gives the same values on every backend.
 * @throws TapeheadError `range` where there is no memory for them, `argument` for a factory that makes no controller
 */
export function makeParts(
  config: NtmConfig,
  factory: ControllerFactory,
  variable: MakeVariable,
  engine: Engine,
): Parts {
  checkFunction('variable', variable);
  factories.set(config, factory);
  checkNetRoom(config, config.controller === 'own' ? 1 : config.controllerSize);
  const nextSeed = seedStream(config.seed);
  return withVariables(variable, (named, all) => {
    const controller = factory({
      inputSize: config.inputSize + config.readHeads * config.memoryDim,
      variable: (name, initial) => named(`controller.${name}`, initial),
      nextSeed,
      engine,
    });
    if (config.controller === 'own') {
      checkController(controller);
      checkNetRoom(config, controller.outputSize);
    }
    const own = makeOwn(config, controller.outputSize, named, nextSeed);
    // Plain optimizers change every variable that is trainable.
    if (config.initialMemory !== 'learned') own.memory.trainable = false;
    return { controller, own, engine, all };
  });
}

/** @throws TapeheadError unless a factory has made a controller */
function checkController(made: Controller): void {
  checkObject('controller', made, 'a factory that returns { outputSize, initialState, step }');
  checkInteger('controller.outputSize', made.outputSize);
  checkFunction('controller.initialState', made.initialState);
  checkFunction('controller.step', made.step);
}

function makeOwn(
  config: NtmConfig,
  controllerSize: number,
  variable: MakeVariable,
  nextSeed: () => number,
): OwnVariables {
  const { memorySize, memoryDim, readHeads, writeHeads, shifts, outputSize, initialMemory } = config;
  const raw = readHeads * readHeadSize(memoryDim, shifts) + writeHeads * writeHeadSize(memoryDim, shifts);
  const seen = controllerSize + readHeads * memoryDim;
  const size = { memorySize, memoryDim };
  const normal = (shape: [number, number], deviation: number): Tensor =>
    randomNormal(shape, 0, deviation, 'float32', nextSeed());
  return {
    headKernel: variable('headKernel', glorotUniform(controllerSize, raw, nextSeed())),
    headBias: variable('headBias', startingHeadBias(config, raw)),
    outputKernel: variable('outputKernel', glorotUniform(seen, outputSize, nextSeed())),
    outputBias: variable('outputBias', zeros([outputSize])),
    memory: variable(
      'memory',
      initialMemory === 'constant' ? constantMemory(size) : randomMemory({ ...size, seed: nextSeed() }),
    ),
    ...makeStart(config, variable, nextSeed),
    reads: variable('reads', normal([readHeads, memoryDim], 0.01)),
  };
}

function makeStart(
  config: NtmConfig,
  variable: MakeVariable,
  nextSeed: () => number,
): Pick<OwnVariables, 'startLogits'> {
  if (config.initialWeighting === 'zero') return {};
  const { readHeads, writeHeads } = config;
  const read = variable('readWeightLogits', startingLogits(config, readHeads, nextSeed()));
  const write = variable('writeWeightLogits', startingLogits(config, writeHeads, nextSeed()));
  return { startLogits: { read, write } };
}

/** In the logits of a fresh head's start: with 128 rows softmax gives two thirds of it to the first. */
const PEAK = 6;

/** `[heads, N]`, ~ N(0, 1); heads that start together have the same, and a peak on the first row. */
function startingLogits({ memorySize, initialWeighting }: NtmConfig, heads: number, seed: number): Tensor {
  const normal = (rows: number) => randomNormal<Rank.R2>([rows, memorySize], 0, 1, 'float32', seed);
  if (initialWeighting === 'scattered') return normal(heads);
  return tidy(() => tile(add(normal(1), mul(PEAK, oneHot([0], memorySize))), [heads, 1]));
}

/** In the logits of a fresh head's shift: with three taps softmax gives 0.91 of it to the row after. */
const LEAN = 3;

/** `[raw]`, zeros but for a lean of all shifts onto the tap after the middle, where there is one. */
function startingHeadBias(
  { memoryDim, shifts, initialShift, readHeads, writeHeads }: NtmConfig,
  raw: number,
) {
  const bias = new Float32Array(raw);
  if (initialShift === 'even' || shifts === 1) return tensor1d(bias);
  const oneOn = memoryDim + 2 + (shifts + 1) / 2;
  for (let head = 0; head < readHeads + writeHeads; head++)
    bias[head * readHeadSize(memoryDim, shifts) + oneOn] = LEAN;
  return tensor1d(bias);
}

/** The factory of a controller of the paper. */
export function factoryOf(config: NtmConfig): ControllerFactory {
  const { controller, controllerSize, layers, controllerActivation: activation } = config;
  if (controller === 'own') throw new Error('a controller of one’s own brings its factory');
  const size = { controllerSize, layers, ...(activation === undefined ? {} : { activation }) };
  return (context: ControllerContext) => controllerOfKind(controller, context, size);
}
