import { dispose, type serialization, type Tensor, Variable } from '@tensorflow/tfjs-core';
import {
  initializers,
  type LayerVariable,
  layers,
  type SimpleRNNCellLayerArgs,
} from '@tensorflow/tfjs-layers';

const parts = ['kernel', 'bias'] as const;

export const weightNames: readonly (keyof WeightArgs)[] = [
  'kernelInitializer',
  'biasInitializer',
  'kernelRegularizer',
  'biasRegularizer',
  'kernelConstraint',
  'biasConstraint',
];

/** Options for the weights of a layer, as `tf.layers` takes them: names such as `'l1l2'`, objects, or configurations. */
export interface WeightArgs {
  /** What kernels start from: weights whose names end in `kernel`. Default: what the net makes. */
  readonly kernelInitializer?: NonNullable<SimpleRNNCellLayerArgs['kernelInitializer']>;
  /** What biases start from: weights whose names end in `bias`. Default: what the net makes. */
  readonly biasInitializer?: NonNullable<SimpleRNNCellLayerArgs['biasInitializer']>;
  /** A loss of each kernel, which `fit` adds. */
  readonly kernelRegularizer?: NonNullable<SimpleRNNCellLayerArgs['kernelRegularizer']>;
  /** A loss of each bias, which `fit` adds. */
  readonly biasRegularizer?: NonNullable<SimpleRNNCellLayerArgs['biasRegularizer']>;
  /** What kernels are changed to where they are made, set or loaded. */
  readonly kernelConstraint?: NonNullable<SimpleRNNCellLayerArgs['kernelConstraint']>;
  /** What biases are changed to where they are made, set or loaded. */
  readonly biasConstraint?: NonNullable<SimpleRNNCellLayerArgs['biasConstraint']>;
}

type Cell = ReturnType<typeof layers.simpleRNNCell>;

/** What has weights. */
export interface WeightMaker {
  /** `addWeight` of a layer. */
  makeWeight(
    name: string,
    shape: number[],
    dtype: 'float32',
    initializer: Cell['kernelInitializer'],
    regularizer: Cell['kernelRegularizer'] | undefined,
    trainable: boolean,
    constraint: Cell['kernelConstraint'] | undefined,
  ): LayerVariable;
}

/** What `tf.layers` makes of {@link WeightArgs}: a cell of tfjs-layers reads and writes them. */
export class WeightRules {
  readonly #args: WeightArgs;
  readonly #cell: Cell;

  /** @throws tfjs's errors for an initializer, a regularizer or a constraint that it does not have */
  constructor(args: WeightArgs) {
    const given = weightNames.flatMap((name) => (args[name] == null ? [] : [[name, args[name]]]));
    this.#args = Object.fromEntries(given);
    // Its own default initializer needs another package.
    this.#cell = layers.simpleRNNCell({ ...this.#args, units: 1, recurrentInitializer: 'zeros' });
  }

  /** The options that were given, as JSON. */
  get config(): serialization.ConfigDict {
    const all = Object.entries(this.#cell.getConfig());
    return Object.fromEntries(all.filter(([name]) => name in this.#args));
  }

  /**
   * A weight of a net; takes `initial`.
   *
   * @param name one that ends in `kernel` or `bias` follows the options of that part
   */
  make(maker: WeightMaker, name: string, initial: Tensor, trainable: boolean): Variable {
    const part = parts.find((each) => name.toLowerCase().endsWith(each));
    const initializer = part && this.#args[`${part}Initializer`] && this.#cell[`${part}Initializer`];
    const weight = maker.makeWeight(
      name,
      initial.shape,
      'float32',
      initializers.zeros(),
      part && this.#cell[`${part}Regularizer`],
      trainable,
      part && this.#cell[`${part}Constraint`],
    );
    // Writing it is what applies the constraint.
    const value = initializer ? initializer.apply(initial.shape, 'float32') : initial;
    weight.write(value);
    dispose([initial, value]);
    const made = weight.read();
    if (made instanceof Variable) return made;
    throw new Error('a weight of a tf.layers layer is a variable');
  }
}
