import type { MakeVariable } from '@tapehead/controller';
import { checkObject, checkOptions, printable, suggestion, TapeheadError, textOf } from '@tapehead/core';
import {
  type Rank,
  reshape,
  serialization,
  slice,
  type Tensor,
  type Tensor3D,
  tidy,
  Variable,
} from '@tensorflow/tfjs-core';
import { initializers, layers, type Shape } from '@tensorflow/tfjs-layers';
import { checkBoolean } from './given.js';
import { NTM } from './ntm.js';
import { configOf, type NtmOptions, netOptionsAmong, optionNames } from './options.js';

/** Options of a net and those of any `tf.layers` layer; `inputSize` is the width of the layer's input. */
export type NtmLayerArgs = Omit<NtmOptions, 'inputSize'> &
  NonNullable<ConstructorParameters<typeof layers.Layer>[0]> & {
    /** `true` (default): the output of every step; `false`: that of the last one. */
    readonly returnSequences?: boolean;
  };

/**
 * A Neural Turing Machine as a layer of tfjs-layers: `[batch, time, inputSize]` to `[batch, time, outputSize]`, or to
 * `[batch, outputSize]` with `returnSequences: false`. Each sequence starts from the learned initial state.
 * `fit`, `predict`, `save` and `loadLayersModel` work, weights included.
 */
export class NtmLayer extends layers.Layer {
  static readonly className = 'NTM';
  readonly #args: NtmLayerArgs;
  #ntm: NTM | undefined;

  /** @throws TapeheadError `range`, `shape` or `argument`, naming the option */
  constructor(args: NtmLayerArgs = {}) {
    checkArgs(args);
    super(args);
    this.#args = args;
  }

  /** The net inside, once the layer has been built: its steps, its trace, its parameters. */
  get ntm(): NTM {
    if (this.#ntm) return this.#ntm;
    throw new TapeheadError(
      'argument',
      `layer ${this.name}: expected a built layer; add it to a model first`,
    );
  }

  override build(inputShape: Shape | Shape[]): void {
    const [, , inputSize] = sequenceShape(inputShape);
    const keptMemory = (this.#args.initialMemory ?? 'learned') !== 'learned';
    const variable: MakeVariable = (name, initial) =>
      this.#addVariable(name, initial, !(keptMemory && name === 'memory'));
    this.#ntm = NTM.build({ ...netOptionsAmong(this.#args), inputSize }, variable);
    super.build(inputShape);
  }

  /** A weight of the layer; takes `initial`. */
  #addVariable(name: string, initial: Tensor, trainable: boolean): Variable {
    const weight = this.addWeight(name, initial.shape, 'float32', initializers.zeros(), undefined, trainable);
    weight.write(initial);
    initial.dispose();
    const made = weight.read();
    if (made instanceof Variable) return made;
    throw new Error('a weight of a tf.layers layer is a variable');
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const [batch, time, inputSize] = sequenceShape(inputShape);
    const outputSize = this.#args.outputSize ?? inputSize;
    return this.#returnsSequences() ? [batch, time, outputSize] : [batch, outputSize];
  }

  override call(inputs: Tensor | Tensor[], options: object = {}): Tensor {
    checkCall(options);
    return tidy(() => {
      const [x, ...others] = Array.isArray(inputs) ? inputs : [inputs];
      if (x === undefined || others.length > 0) {
        throw new TapeheadError(
          'argument',
          `x: expected one input [batch, time, inputSize], got ${others.length + (x ? 1 : 0)}`,
        );
      }
      const { output } = this.ntm.sequence(x);
      return this.#returnsSequences() ? output : lastStep(output);
    });
  }

  #returnsSequences(): boolean {
    return this.#args.returnSequences ?? true;
  }

  /** @throws TapeheadError `argument` for a custom controller, which no JSON can hold */
  override getConfig(): serialization.ConfigDict {
    const { controller = 'lstm' } = this.#args;
    if (typeof controller === 'function') {
      throw new TapeheadError(
        'argument',
        'controller: a model with a controller of your own cannot be saved whole; save its weights ' +
          '(model.getWeights()) and build the layer again with the same factory',
      );
    }
    const { inputSize: _, ...config } = configOf({
      ...netOptionsAmong(this.#args),
      inputSize: 1,
      controller,
    });
    const { outputSize, ...sizes } = config;
    return {
      ...super.getConfig(),
      ...sizes,
      ...(this.#args.outputSize === undefined ? {} : { outputSize }),
      returnSequences: this.#returnsSequences(),
    };
  }
}

serialization.registerClass(NtmLayer);

/** {@link NtmLayer}, in the way of `tf.layers.dense(…)`. */
export function ntmLayer(args: NtmLayerArgs = {}): NtmLayer {
  return new NtmLayer(args);
}

/** What every layer of tfjs takes. */
const layerArgs = [
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

/** What other recurrent layers of tfjs take. */
const unsupported = [
  'units',
  'stateful',
  'returnState',
  'goBackwards',
  'unroll',
  'initialState',
  'mask',
  'cell',
];

function checkArgs(args: NtmLayerArgs): void {
  refuseUnsupported('ntmLayer', args);
  checkNames(args);
  const { outputSize = 1 } = args;
  // The width of the input is known later, and is the width of the output by default.
  configOf({ ...netOptionsAmong(args), inputSize: 1, outputSize });
  if (args.returnSequences !== undefined) checkBoolean('returnSequences', args.returnSequences);
  if (args.trainable !== undefined) checkBoolean('trainable', args.trainable);
  const { inputShape, batchInputShape } = args;
  if (inputShape != null) checkInputShape('inputShape', inputShape, ['time', 'inputSize']);
  if (batchInputShape != null)
    checkInputShape('batchInputShape', batchInputShape, ['batch', 'time', 'inputSize']);
}

function checkNames(args: object): void {
  const known = [...optionNames, ...layerArgs, 'returnSequences'];
  const unknown = Object.keys(args).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const near = suggestion(unknown, known);
  const wanted = near.includes('did you mean')
    ? near
    : '; expected those of NTM.build, returnSequences, or those of every layer';
  throw new TapeheadError('argument', `ntmLayer: unknown option '${printable(unknown, 60)}'${wanted}`);
}

function checkCall(options: object): void {
  const mask: unknown = 'mask' in options ? options.mask : undefined;
  const { ...others } = options;
  if (mask === undefined || mask === null) Reflect.deleteProperty(others, 'mask');
  refuseUnsupported('ntmLayer', others);
  checkOptions('ntmLayer', others, ['training']);
}

/** An option that is ignored would be a wrong answer. */
function refuseUnsupported(where: string, options: object): void {
  checkObject(where, options, 'an object of options');
  const name = unsupported.find((each) => Reflect.get(options, each) !== undefined);
  if (name === undefined) return;
  const instead = name === 'units' ? '; the width of the output is outputSize' : '';
  throw new TapeheadError('argument', `${where}: ${name} is not supported${instead}`);
}

/** Throws unless it is a shape of these axes, of which the last has a size. */
function checkInputShape(name: string, shape: unknown, axes: readonly string[]): void {
  const sizes: readonly unknown[] = Array.isArray(shape) ? shape : [];
  const isSize = (size: unknown) => typeof size === 'number' && Number.isSafeInteger(size) && size > 0;
  const fits =
    sizes.length === axes.length &&
    sizes.every((size, axis) => isSize(size) || (size === null && axis < axes.length - 1));
  if (fits) return;
  const got = Array.isArray(shape) ? `[${printable(shape.map(String).join(', '), 60)}]` : textOf(shape);
  throw new TapeheadError('shape', `${name}: expected [${axes.join(', ')}], got ${got}`);
}

/** The shape of the one input that the layer has: batch, time, inputSize. */
function sequenceShape(shape: Shape | Shape[]): readonly [number | null, number | null, number] {
  const [first, ...others] = shape;
  const one = Array.isArray(first) && others.length === 0 ? first : shape;
  checkInputShape('inputShape', one.slice(1), ['time', 'inputSize']);
  const [batch, time, inputSize] = one;
  if (Array.isArray(batch) || Array.isArray(time) || typeof inputSize !== 'number')
    throw new Error('the shape was checked');
  return [batch ?? null, time ?? null, inputSize];
}

/** `[batch, time, width]` to `[batch, width]`. */
function lastStep(output: Tensor3D): Tensor {
  const [batch, time, width] = output.shape;
  return reshape<Rank.R2>(slice(output, [0, time - 1, 0], [batch, 1, width]), [batch, width]);
}
