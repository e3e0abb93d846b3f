import { TapeheadError } from '@tapehead/core';
import {
  type SequenceCall,
  SequenceLayer,
  type SequenceLayerArgs,
  type SequenceRun,
  setUnsavable,
} from '@tapehead/scan/sequence-layer';
import { serialization, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import { NTM } from './ntm.js';
import { configOf, type NtmOptions, netOptionsAmong, optionNames } from './options.js';
import type { NtmState } from './step.js';

/**
 * Options of a net, those of a recurrent layer of `tf.layers`, and those of any layer; `inputSize` is the width of the
 * layer's input.
 */
export type NtmLayerArgs = Omit<NtmOptions, 'inputSize'> & SequenceLayerArgs;

/**
 * A Neural Turing Machine as a recurrent layer of tfjs-layers: `[batch, time, inputSize]` to `[batch, outputSize]`, or to
 * `[batch, time, outputSize]` with `returnSequences: true`. Each sequence starts from the learned initial state.
 *
 * It behaves as `tf.layers.lstm` does: masks, `returnState`, `initialState`, `goBackwards`, `stateful`, `dropout`,
 * regularizers, `tf.layers.bidirectional` and `tf.layers.timeDistributed`; `fit`, `predict`, `save` and `loadLayersModel`.
 * The output of a step that a mask leaves out is that of the last step taken, 0 before the first.
 *
 * The tensors of a state are, in this order, those of `ntm.initialState(batch)`: h and c `[batch, controllerSize]` of each
 * layer of an LSTM, the memory `[batch, N, M]`, the weightings of reads `[batch, R, N]` and of writes `[batch, W, N]`, and
 * what was read `[batch, R, M]`.
 *
 * @example
 * const model = tf.sequential({ layers: [ntmLayer({ inputShape: [null, 3], outputSize: 2, returnSequences: true })] });
 */
export class NtmLayer extends SequenceLayer<NtmState> {
  static override readonly className = 'NTM';
  readonly #args: NtmLayerArgs;
  #ntm: NTM | undefined;

  /** @throws TapeheadError `range`, `shape` or `argument`, naming the option */
  constructor(args: NtmLayerArgs = {}) {
    super('ntmLayer', args, ownNames);
    const { outputSize = 1 } = args;
    // The width of the input is known later, and is the width of the output by default.
    configOf({ ...netOptionsAmong(args), inputSize: 1, outputSize });
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

  protected override buildNet(
    inputSize: number,
    variable: (name: string, initial: Tensor, trainable: boolean) => Variable,
  ): void {
    const keptMemory = (this.#args.initialMemory ?? 'learned') !== 'learned';
    this.#ntm = NTM.build({ ...netOptionsAmong(this.#args), inputSize }, (name, initial) =>
      variable(name, initial, !(keptMemory && name === 'memory')),
    );
  }

  protected override widthOf(inputSize: number): number {
    return this.#args.outputSize ?? inputSize;
  }

  protected override startOf(batch: number): NtmState {
    return this.ntm.initialState(batch);
  }

  protected override run({ x, mask, start }: SequenceCall<NtmState>): SequenceRun<NtmState> {
    return this.ntm.sequence(x, { mask, state: start });
  }

  /** For a custom controller it holds a function, so that wrappers can copy the layer; saving it says why not. */
  override getConfig(): serialization.ConfigDict {
    const { outputSize, controller = 'lstm' } = this.#args;
    const {
      inputSize: _,
      outputSize: _width,
      controller: kind,
      ...sizes
    } = configOf({
      ...netOptionsAmong(this.#args),
      inputSize: 1,
      controller,
    });
    const config: serialization.ConfigDict = {
      ...super.getConfig(),
      ...sizes,
      controller: kind,
      ...(outputSize === undefined ? {} : { outputSize }),
    };
    if (typeof controller === 'function') setUnsavable(config, 'controller', controller, notSaved);
    return config;
  }
}

function notSaved(): TapeheadError {
  return new TapeheadError(
    'argument',
    'controller: a model with a controller of your own cannot be saved whole; save its weights ' +
      '(model.getWeights()) and build the layer again with the same factory',
  );
}

serialization.registerClass(NtmLayer);

/** {@link NtmLayer}, in the way of `tf.layers.dense(…)`. */
export function ntmLayer(args: NtmLayerArgs = {}): NtmLayer {
  return new NtmLayer(args);
}

/** The width of the input is that of x. */
const ownNames = optionNames.filter((name) => name !== 'inputSize');
