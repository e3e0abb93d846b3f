import {
  asCube,
  asMatrix,
  checkEngine,
  checkFunction,
  checkInteger,
  checkObject,
  type EngineOption,
  TapeheadError,
} from '@tapehead/core';
import {
  type Rank,
  serialization,
  type Tensor,
  type Tensor2D,
  type Variable,
  zeros,
} from '@tensorflow/tfjs-core';
import { scan } from '../scan.js';
import type { SequenceLayerArgs } from './sequenceArgs.js';
import { type SequenceCall, SequenceLayer, type SequenceRun } from './sequenceLayer.js';
import { setUnsavable } from './unsavable.js';

/** What a net in a layer is built from. Factories of `@tapehead/controller` take it. */
export interface RecurrentContext {
  /** Width of x. */
  readonly inputSize: number;
  /** Makes a weight of the layer of its initial value, which it takes. */
  readonly variable: (name: string, initial: Tensor) => Variable;
  /** A fresh seed at each call, for initial values. */
  readonly nextSeed: () => number;
}

/** A net that goes step by step. A controller of `@tapehead/controller` is one, and an `NTM`. */
export interface RecurrentNet {
  /** Width of the output. */
  readonly outputSize: number;
  /** The state before the first step, `[batch, …]` each. */
  initialState(batch: number): object;
  /** One time step: x `[batch, inputSize]`, output `[batch, outputSize]`. */
  step(x: Tensor2D, state: object): { readonly output: Tensor; readonly state: object };
}

/** Options of {@link recurrent}: those of a recurrent layer of `tf.layers`, and the net. */
export interface RecurrentArgs extends EngineOption, SequenceLayerArgs {
  /** Builds the net, once the width of x is known. */
  readonly net: (context: RecurrentContext) => RecurrentNet;
  /** An integer; the same seed, the same initial weights. */
  readonly seed?: number;
}

const own = ['net', 'seed', 'engine'];

interface Input {
  readonly x: Tensor2D;
}

interface Built {
  readonly net: RecurrentNet;
  /** What `scan` runs. */
  readonly stepping: { readonly step: ReturnType<typeof stepOf> };
}

interface State {
  readonly net: object;
  /** The output of the last step taken, where that is what the layer gives. */
  readonly last: readonly Tensor[];
}

/**
 * A net of your own as a layer of tfjs-layers, by `scan`: `[batch, time, inputSize]` to `[batch, outputSize]`, or to
 * `[batch, time, outputSize]` with `returnSequences`. Each sequence starts from `initialState`.
 *
 * It behaves as `tf.layers.lstm` does: masks, `returnState`, `initialState`, `goBackwards`, `stateful`, `dropout`,
 * regularizers, `tf.layers.bidirectional` and `tf.layers.timeDistributed`. A sequence keeps its state at a step that a mask
 * leaves out, and the output of that step is that of the last step taken, 0 before the first. States are the tensors of
 * `initialState`, `[batch, …]` each, in its order.
 *
 * A function cannot be saved: to save a model whole, derive a class with a `className` and a net of its own, and register
 * it.
 *
 * @example
 * const layer = recurrent({ net: (context) => lstm(context, { controllerSize: 16 }), returnSequences: true });
 */
export class RecurrentLayer extends SequenceLayer<object> {
  static override readonly className: string = 'ScanRecurrent';
  readonly #args: RecurrentArgs;
  #built: Built | undefined;

  /** @throws TapeheadError `argument`, `range` or `shape`, naming the option */
  constructor(args: RecurrentArgs) {
    super('recurrent', args, own);
    checkFunction('net', args.net);
    const { engine = 'auto', seed = 0 } = args;
    checkEngine(engine);
    checkInteger('seed', seed, Number.MIN_SAFE_INTEGER);
    this.#args = args;
  }

  /** The net inside, once the layer has been built. */
  get net(): RecurrentNet {
    return this.#parts().net;
  }

  #parts(): Built {
    if (this.#built) return this.#built;
    throw new TapeheadError(
      'argument',
      `layer ${this.name}: expected a built layer; add it to a model first`,
    );
  }

  protected override buildNet(inputSize: number, variable: RecurrentContext['variable']): void {
    let seed = this.#args.seed ?? Math.floor(Math.random() * 2 ** 31);
    const net = this.#args.net({
      inputSize,
      variable: (name, initial) => variable(name, initial),
      nextSeed: () => seed++,
    });
    checkNet(net);
    this.#built = { net, stepping: { step: stepOf(net, this.returnSequences) } };
  }

  protected override widthOf(): number {
    return this.net.outputSize;
  }

  protected override startOf(batch: number): object {
    return this.net.initialState(batch);
  }

  protected override run({ x, mask, start }: SequenceCall<object>): SequenceRun<object> {
    const { net, stepping } = this.#parts();
    const [batch] = x.shape;
    const last = this.returnSequences ? [] : [zeros<Rank.R2>([batch, net.outputSize])];
    const from: State = { net: start ?? net.initialState(batch), last };
    const { outputs, state } = scan(stepping, from, { x }, { engine: this.#args.engine, mask });
    const [output] = this.returnSequences ? outputs.map(asCube) : state.last.map(asMatrix);
    if (output) return { output, state: state.net };
    throw new Error('a step has an output');
  }

  /** For this class itself it holds the net, a function, so that wrappers can copy the layer; saving it says why not. */
  override getConfig(): serialization.ConfigDict {
    const { engine = 'auto', seed, net } = this.#args;
    const config = { ...super.getConfig(), engine, ...(seed === undefined ? {} : { seed }) };
    if (this.getClassName() === RecurrentLayer.className) setUnsavable(config, 'net', net, notSaved);
    return config;
  }
}

function notSaved(): TapeheadError {
  return new TapeheadError(
    'argument',
    'recurrent: a net is a function, which no file can hold; save the weights (model.getWeights()), or derive a class ' +
      'from RecurrentLayer, with a className and this net, and register it with tf.serialization.registerClass',
  );
}

serialization.registerClass(RecurrentLayer);

/** {@link RecurrentLayer}, in the way of `tf.layers.dense(…)`. */
export const recurrent = (args: RecurrentArgs): RecurrentLayer => new RecurrentLayer(args);

function checkNet(net: RecurrentNet): void {
  checkObject('net', net, 'it to return { outputSize, initialState, step }');
  checkInteger('outputSize', net.outputSize);
  checkFunction('initialState', net.initialState);
  checkFunction('step', net.step);
}

/** The step of a net, which gives its output at each step or keeps the last in its state. */
function stepOf(net: RecurrentNet, sequences: boolean) {
  return ({ x }: Input, state: State) => {
    const { output, state: next } = net.step(x, state.net);
    const [outputs, last] = sequences ? [[output], []] : [[], [output]];
    return { output: outputs, state: { net: next, last } };
  };
}
