import {
  checkEngine,
  checkFunction,
  checkInteger,
  checkObject,
  checkOptions,
  type EngineOption,
  TapeheadError,
  textOf,
} from '@tapehead/core';
import {
  cast,
  reverse,
  serialization,
  Tensor,
  type Tensor2D,
  tidy,
  Variable,
  zeros,
} from '@tensorflow/tfjs-core';
import { initializers, layers, type Shape } from '@tensorflow/tfjs-layers';
import { scan } from '../scan.js';

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

/** Options of {@link recurrent}, and those of any `tf.layers` layer. */
export interface RecurrentArgs
  extends EngineOption,
    NonNullable<ConstructorParameters<typeof layers.Layer>[0]> {
  /** Builds the net, once the width of x is known. */
  readonly net: (context: RecurrentContext) => RecurrentNet;
  /** `false` (default): the output of the last step; `true`: that of every step. */
  readonly returnSequences?: boolean;
  /** From the last step to the first; outputs are then in this order, as in tf.layers. */
  readonly goBackwards?: boolean;
  /** An integer; the same seed, the same initial weights. */
  readonly seed?: number;
}

const known = ['net', 'returnSequences', 'goBackwards', 'seed', 'engine'];
const ofEveryLayer = [
  'name',
  'inputShape',
  'batchInputShape',
  'batchSize',
  'dtype',
  'inputDType',
  'trainable',
  'weights',
  // What loadLayersModel adds.
  'customObjects',
];

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
 * It takes masks: a sequence keeps its state at a step that is not taken, and the output of that step is 0; the output of
 * the last step is that of the last step taken.
 *
 * A function cannot be saved: to save a model whole, derive a class with a `className` and a net of its own, and register
 * it.
 */
export class RecurrentLayer extends layers.Layer {
  static readonly className: string = 'ScanRecurrent';
  readonly #args: RecurrentArgs;
  #built: Built | undefined;

  /** @throws TapeheadError `argument` or `range`, naming the option */
  constructor(args: RecurrentArgs) {
    checkOptions('recurrent', args, [...known, ...ofEveryLayer]);
    checkFunction('net', args.net);
    const { engine = 'auto', seed = 0 } = args;
    checkEngine(engine);
    checkInteger('seed', seed, Number.MIN_SAFE_INTEGER);
    super(args);
    this.#args = args;
    this.supportsMasking = true;
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

  override build(inputShape: Shape | Shape[]): void {
    const [, , inputSize] = sequenceShape(inputShape);
    let seed = this.#args.seed ?? Math.floor(Math.random() * 2 ** 31);
    const net = this.#args.net({
      inputSize,
      variable: (name, initial) => this.#addVariable(name, initial),
      nextSeed: () => seed++,
    });
    checkNet(net);
    this.#built = { net, stepping: { step: stepOf(net, this.#args.returnSequences ?? false) } };
    super.build(inputShape);
  }

  /** A weight of the layer; takes `initial`. */
  #addVariable(name: string, initial: Tensor): Variable {
    const weight = this.addWeight(name, initial.shape, 'float32', initializers.zeros());
    weight.write(initial);
    initial.dispose();
    const made = weight.read();
    if (made instanceof Variable) return made;
    throw new Error('a weight of a tf.layers layer is a variable');
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const [batch, time] = sequenceShape(inputShape);
    const { outputSize } = this.net;
    return this.#args.returnSequences ? [batch, time, outputSize] : [batch, outputSize];
  }

  override computeMask(inputs: Tensor | Tensor[], mask?: Tensor | Tensor[]): Tensor | Tensor[] {
    return super.computeMask(inputs, this.#args.returnSequences ? mask : undefined);
  }

  override call(inputs: Tensor | Tensor[], options: object = {}): Tensor {
    return tidy(() => {
      const { net, stepping } = this.#parts();
      const { goBackwards, engine } = this.#args;
      const [given, ...others] = Array.isArray(inputs) ? inputs : [inputs];
      if (given === undefined || others.length > 0) {
        throw new TapeheadError('argument', 'x: expected one input [batch, time, inputSize]');
      }
      const turn = (each: Tensor) => (goBackwards ? reverse(each, 1) : each);
      const [batch = 0] = given.shape;
      const last = this.#args.returnSequences ? [] : [zeros([batch, net.outputSize])];
      const start: State = { net: net.initialState(batch), last };
      const masking: unknown = Reflect.get(options, 'mask');
      const mask = masking instanceof Tensor ? turn(cast(masking, 'float32')) : undefined;
      const { outputs, state } = scan(stepping, start, { x: turn(cast(given, 'float32')) }, { engine, mask });
      const [output] = [...outputs, ...state.last];
      if (output) return output;
      throw new Error('a step has an output');
    });
  }

  /** @throws TapeheadError `argument` for this class itself, whose net no JSON can hold */
  override getConfig(): serialization.ConfigDict {
    if (this.getClassName() === RecurrentLayer.className) {
      throw new TapeheadError(
        'argument',
        'recurrent: a net is a function, which no file can hold; save the weights (model.getWeights()), or derive a class ' +
          'from RecurrentLayer, with a className and this net, and register it with tf.serialization.registerClass',
      );
    }
    const { returnSequences = false, goBackwards = false, engine = 'auto', seed } = this.#args;
    const config = { ...super.getConfig(), returnSequences, goBackwards, engine };
    return seed === undefined ? config : { ...config, seed };
  }
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

/** The shape of the one input that the layer has: batch, time, inputSize. */
function sequenceShape(shape: Shape | Shape[]): readonly [number | null, number | null, number] {
  const [first, ...others] = shape;
  const one: unknown = Array.isArray(first) && others.length === 0 ? first : shape;
  const [batch, time, inputSize, more]: unknown[] = Array.isArray(one) ? one : [];
  if (isSize(batch) && isSize(time) && typeof inputSize === 'number' && more === undefined) {
    return [batch, time, inputSize];
  }
  throw new TapeheadError('shape', `inputShape: expected [time, inputSize], got ${textOf(one)}`);
}

const isSize = (size: unknown): size is number | null => size === null || typeof size === 'number';
