import { checkEngine, type Engine, type EngineOption, TapeheadError } from '@tapehead/core';
import { serialization, type Tensor } from '@tensorflow/tfjs-core';
import {
  type GRULayerArgs,
  type LSTMLayerArgs,
  layers,
  RNN,
  type RNNLayerArgs,
  type Shape,
  type SimpleRNNLayerArgs,
} from '@tensorflow/tfjs-layers';
import { callRnn } from './rnn.js';

/** `tf.layers.rnn` by `scan`: a cell of tfjs-layers, or several, over a sequence. */
export class ScanRNN extends RNN {
  static override readonly className: string = 'ScanRNN';
  readonly #engine: Engine;

  /** @throws TapeheadError `argument` for an unknown engine; tfjs's errors for what it does not take */
  constructor(args: RNNLayerArgs & EngineOption) {
    super(args);
    const { engine = 'auto' } = args;
    checkEngine(engine);
    this.#engine = engine;
  }

  /** Makes the weights. @throws TapeheadError `argument` where the initializer needs a package that is not imported */
  override build(inputShape: Shape | Shape[]): void {
    try {
      super.build(inputShape);
    } catch (cause) {
      if (!(cause instanceof TypeError && cause.message.includes('.flatten is not a function'))) throw cause;
      throw new TapeheadError(
        'argument',
        "recurrentInitializer: the default 'orthogonal' of tfjs-layers needs @tensorflow/tfjs to be imported; " +
          "import that, or choose another one, such as 'glorotNormal'",
        { cause },
      );
    }
  }

  /** `[batch, time, …]` to the last output, to all with `returnSequences`, and to states with `returnState`. */
  override call(inputs: Tensor | Tensor[], options: object): Tensor | Tensor[] {
    return callRnn(this, this.#engine, inputs, options);
  }

  /** The arguments as JSON. */
  override getConfig(): serialization.ConfigDict {
    const cell = { className: this.cell.getClassName(), config: this.cell.getConfig() };
    return { ...super.getConfig(), engine: this.#engine, cell };
  }
}

/** A layer whose arguments are those of its cell. */
class OfOneCell extends ScanRNN {
  /** The arguments as JSON. */
  override getConfig(): serialization.ConfigDict {
    const { cell: _, ...config } = super.getConfig();
    return config;
  }

  static override fromConfig<T extends serialization.Serializable>(
    cls: serialization.SerializableConstructor<T>,
    config: serialization.ConfigDict,
  ): T {
    return new cls(config);
  }
}

/** `tf.layers.lstm` by `scan`: the same arguments, weights and numbers. */
export class ScanLSTM extends OfOneCell {
  static override readonly className = 'ScanLSTM';

  constructor(args: LSTMLayerArgs & EngineOption) {
    super({ ...checked(args), cell: layers.lstmCell(args) });
  }
}

/** `tf.layers.gru` by `scan`: the same arguments, weights and numbers. */
export class ScanGRU extends OfOneCell {
  static override readonly className = 'ScanGRU';

  constructor(args: GRULayerArgs & EngineOption) {
    super({ ...checked(args), cell: layers.gruCell(args) });
  }
}

/** `tf.layers.simpleRNN` by `scan`: the same arguments, weights and numbers. */
export class ScanSimpleRNN extends OfOneCell {
  static override readonly className = 'ScanSimpleRNN';

  constructor(args: SimpleRNNLayerArgs & EngineOption) {
    super({ ...checked(args), cell: layers.simpleRNNCell(args) });
  }
}

/** An argument that is ignored would be a wrong answer. */
function checked<Args extends { dropoutFunc?: unknown }>(args: Args): Args {
  if (args.dropoutFunc == null) return args;
  throw new TapeheadError('argument', 'dropoutFunc: not supported; use dropout or recurrentDropout');
}

for (const layer of [ScanRNN, ScanLSTM, ScanGRU, ScanSimpleRNN]) serialization.registerClass(layer);

/** {@link ScanRNN}, in the way of `tf.layers.rnn(…)`. */
export const rnn = (args: RNNLayerArgs & EngineOption): ScanRNN => new ScanRNN(args);

/** {@link ScanLSTM}, in the way of `tf.layers.lstm(…)`. */
export const lstm = (args: LSTMLayerArgs & EngineOption): ScanLSTM => new ScanLSTM(args);

/** {@link ScanGRU}, in the way of `tf.layers.gru(…)`. */
export const gru = (args: GRULayerArgs & EngineOption): ScanGRU => new ScanGRU(args);

/** {@link ScanSimpleRNN}, in the way of `tf.layers.simpleRNN(…)`. */
export const simpleRNN = (args: SimpleRNNLayerArgs & EngineOption): ScanSimpleRNN => new ScanSimpleRNN(args);
