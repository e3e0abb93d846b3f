import type { MakeVariable } from '@tapehead/controller';
import { TapeheadError } from '@tapehead/core';
import { serialization, type Tensor, type Tensor3D, tidy, unstack, Variable } from '@tensorflow/tfjs-core';
import { initializers, layers, type Shape } from '@tensorflow/tfjs-layers';
import { NTM } from './ntm.js';
import { configOf, type NtmOptions } from './options.js';

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

  /** @throws TapeheadError `range` or `argument`, naming the option */
  constructor(args: NtmLayerArgs = {}) {
    super(args);
    configOf({ ...args, inputSize: 1 });
    this.#args = args;
    this.inputSpec = [{ ndim: 3 }];
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
    if (typeof inputSize !== 'number') {
      throw new TapeheadError(
        'shape',
        `inputShape: expected [time, inputSize], got [${inputShape.slice(1)}]`,
      );
    }
    const keptMemory = (this.#args.initialMemory ?? 'learned') !== 'learned';
    const variable: MakeVariable = (name, initial) =>
      this.#addVariable(name, initial, !(keptMemory && name === 'memory'));
    this.#ntm = NTM.build({ ...this.#args, inputSize }, variable);
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
    const [batch = null, time = null, inputSize = null] = sequenceShape(inputShape);
    const outputSize = this.#args.outputSize ?? inputSize;
    return this.#returnsSequences() ? [batch, time, outputSize] : [batch, outputSize];
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    return tidy(() => {
      const x = Array.isArray(inputs) ? inputs[0] : inputs;
      if (x === undefined || !isSequence(x)) {
        throw new TapeheadError(
          'shape',
          `x: expected shape [batch, time, inputSize], got [${x?.shape ?? ''}]`,
        );
      }
      const { output } = this.ntm.sequence(x);
      return this.#returnsSequences() ? output : lastStep(output);
    });
  }

  #returnsSequences(): boolean {
    return this.#args.returnSequences ?? true;
  }

  /** @throws TapeheadError `argument` for a controller of one's own, which no JSON can hold */
  override getConfig(): serialization.ConfigDict {
    const { controller = 'lstm' } = this.#args;
    if (typeof controller === 'function') {
      throw new TapeheadError(
        'argument',
        'controller: a model with a controller of your own cannot be saved whole; save its weights ' +
          '(model.getWeights()) and build the layer again with the same factory',
      );
    }
    const { inputSize: _, ...config } = configOf({ ...this.#args, inputSize: 1, controller });
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

function isSequence(x: Tensor): x is Tensor3D {
  return x.rank === 3;
}

/** The shape of the one input that the layer has. */
function sequenceShape(shape: Shape | Shape[]): Shape {
  return shape.flat();
}

/** `[batch, time, width]` to `[batch, width]`. */
function lastStep(output: Tensor3D): Tensor {
  const [last] = unstack(output, 1).slice(-1);
  if (last === undefined) throw new Error('a sequence has at least one step');
  return last;
}
