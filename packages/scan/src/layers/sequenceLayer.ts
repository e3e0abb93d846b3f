import { checkOptions, TapeheadError, textOf } from '@tapehead/core';
import {
  cast,
  clone,
  dispose,
  dropout,
  keep,
  mul,
  ones,
  reverse,
  type serialization,
  Tensor,
  type Tensor2D,
  type Tensor3D,
  tidy,
  type Variable,
} from '@tensorflow/tfjs-core';
import {
  InputSpec,
  type LayerVariable,
  layers,
  RNN,
  type Shape,
  SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import { flatten, rebuild, type Structure } from '../nest.js';
import { lastTaken, layerMask, repeatTaken } from './padding.js';
import { checkSequenceArgs, type SequenceLayerArgs, sequenceShape, shapesOf } from './sequenceArgs.js';
import { type WeightMaker, WeightRules } from './weights.js';

/** What a layer over sequences runs once. */
export interface SequenceCall<State extends object> {
  /** `[batch, time, inputSize]`, float32, in the order in which the steps are taken. */
  readonly x: Tensor3D;
  /** `[batch, time]`, 1 where a step is taken, else 0; undefined where all are. */
  readonly mask: Tensor2D | undefined;
  /** Where to start; undefined for the start of the net. */
  readonly start: State | undefined;
}

/** What a run gives. */
export interface SequenceRun<State extends object> {
  /** Of every step, `[batch, time, width]`, or of the last one taken, `[batch, width]`. */
  readonly output: Tensor2D | Tensor3D;
  /** After the last step taken. */
  readonly state: State;
}

type Inputs = Parameters<RNN['apply']>[0];
type Outputs = ReturnType<RNN['apply']>;

/** Holds the weights of a net, where `tf.layers.RNN` looks for those of its cell. It takes no steps by itself. */
class NetCell extends layers.RNNCell implements WeightMaker {
  static readonly className = 'TapeheadNetCell';
  /** The size of each tensor of a state; none before it is known. */
  override stateSize: number[] = [];

  makeWeight(...args: Parameters<WeightMaker['makeWeight']>): LayerVariable {
    return this.addWeight(...args);
  }
}

/** What is known of the state of a net. */
interface StateForm {
  readonly structure: Structure;
  /** Where each tensor stands, such as `state.memory`. */
  readonly paths: readonly string[];
  /** Without the axis of the batch. */
  readonly shapes: readonly (readonly number[])[];
}

/**
 * A recurrent layer of any net: what `tf.layers.RNN` does for cells, for states of any shape. Derived classes build the net
 * and run it over whole sequences; masks, states, directions and weights are handled here.
 *
 * A step that a mask leaves out keeps the state, and the output of that step is that of the last step taken, 0 before the
 * first.
 */
export abstract class SequenceLayer<State extends object> extends RNN {
  readonly #where: string;
  readonly #cell: NetCell;
  readonly #dropout: number;
  readonly #rules: WeightRules;
  #batch: number | null = null;
  #form: StateForm | undefined;
  #kept: readonly Tensor[] | undefined;

  /**
   * @param where the function that users call, for messages
   * @param own the options that the derived layer has besides those of {@link SequenceLayerArgs}
   * @throws TapeheadError `argument`, `range` or `shape`, naming the option
   */
  constructor(where: string, args: SequenceLayerArgs, own: readonly string[]) {
    checkSequenceArgs(where, args, own);
    const cell = new NetCell(args.trainable == null ? {} : { trainable: args.trainable });
    super({ ...args, cell });
    this.#where = where;
    this.#cell = cell;
    this.#dropout = args.dropout ?? 0;
    this.#rules = new WeightRules(args);
    // Wrappers add those of the initial states to it.
    this.inputSpec = [new InputSpec({})];
  }

  /**
   * Builds the net.
   * @param variable makes a weight of the layer of its initial value, which it takes
   */
  protected abstract buildNet(
    inputSize: number,
    variable: (name: string, initial: Tensor, trainable?: boolean) => Variable,
  ): void;

  /** Width of the output, for an input of this width. */
  protected abstract widthOf(inputSize: number): number;

  /** The state before the first step. */
  protected abstract startOf(batch: number): State;

  /** Runs the net over a batch of sequences. Outputs of steps that are not taken may be anything. */
  protected abstract run(call: SequenceCall<State>): SequenceRun<State>;

  /** Builds the net. @throws TapeheadError `shape`, and `argument` for a stateful layer without a batch size */
  override build(inputShape: Shape | Shape[]): void {
    const [batch, , inputSize] = sequenceShape(inputShape);
    if (this.stateful && batch === null) {
      throw new TapeheadError(
        'argument',
        `${this.#where}: stateful needs a batch size; give the layer or the input a batchInputShape [batch, time, inputSize]`,
      );
    }
    this.#batch = batch;
    this.buildNet(inputSize, (name, initial, trainable = true) =>
      this.#rules.make(this.#cell, name, initial, trainable),
    );
    this.built = true;
  }

  /** Of regularizers. */
  override get losses(): RNN['losses'] {
    return this.#cell.losses;
  }

  override get trainable(): boolean {
    return super.trainable;
  }

  override set trainable(trainable: boolean) {
    super.trainable = trainable;
    this.#cell.trainable = trainable;
  }

  /** `[batch, width]`, or `[batch, time, width]`; with `returnState` those of the state follow. */
  override computeOutputShape(inputShape: Shape | Shape[]): Shape | Shape[] {
    const [batch, time, inputSize] = sequenceShape(inputShape);
    const [, ...states] = shapesOf(inputShape);
    if (states.length > 0) this.#checkStates(states);
    const width = this.widthOf(inputSize);
    const output = this.returnSequences ? [batch, time, width] : [batch, width];
    return this.returnState ? [output, ...this.#stateForm().shapes.map((each) => [batch, ...each])] : output;
  }

  /**
   * Runs the layer, or adds it to a model.
   *
   * @param inputs x `[batch, time, inputSize]`; or x and the tensors of an initial state
   * @param kwargs `initialState`: a tensor or a list of them, in the order in which `returnState` gives them; `mask`
   *   `[batch, time]`; `training`
   * @throws TapeheadError `argument` and `shape`, naming what does not fit
   */
  override apply(inputs: Inputs, kwargs?: object): Outputs {
    const { initialState, ...others }: { readonly initialState?: unknown } = kwargs ?? {};
    const [x, ...among] = listOf(inputs);
    const given = listOf(initialState);
    if (given.length > 0 && Array.isArray(inputs)) {
      throw new TapeheadError(
        'argument',
        'initialState: expected it once, got it both in the inputs and by name',
      );
    }
    const states = [...among, ...given];
    const none = states.length === 0 && !Array.isArray(initialState);
    if (x === undefined || none) return super.apply(inputs, others);
    const symbols = states.filter((each) => each instanceof SymbolicTensor);
    if (x instanceof SymbolicTensor && symbols.length === states.length) {
      return this.#addTo([x, ...symbols], others);
    }
    if (symbols.length === 0 && x instanceof Tensor)
      return super.apply(x, { ...others, initialState: states });
    throw new TapeheadError('argument', 'initialState: expected all symbolic tensors, as x is, or none');
  }

  #addTo(inputs: SymbolicTensor[], kwargs: object): Outputs {
    const { inputSpec } = this;
    this.inputSpec = [];
    try {
      // Without what tf.layers.RNN does: it leaves symbols where they cannot be saved.
      return layers.Layer.prototype.apply.call(this, inputs, kwargs);
    } finally {
      this.inputSpec = inputSpec;
    }
  }

  /** What `apply` runs, for tensors. */
  override call(inputs: Tensor | Tensor[], kwargs: object = {}): Tensor | Tensor[] {
    checkOptions(this.#where, kwargs, ['training', 'mask', 'initialState']);
    const { training, mask, initialState }: Readonly<Record<string, unknown>> = { ...kwargs };
    let kept: readonly Tensor[] = [];
    const result = tidy(() => {
      const given = oneInput(inputs);
      const [batch, time] = given.shape;
      const x = this.#withDropout(cast(given, 'float32'), training === true);
      const taken = layerMask(mask, batch, time);
      const turn = <X extends Tensor>(each: X): X => (this.goBackwards ? reverse(each, 1) : each);
      const call = { x: turn(x), mask: taken && turn(taken), start: this.#startAt(initialState, batch) };
      const { output, state } = this.run(call);
      const outputs = this.#outputOf(output, call.mask);
      if (!this.stateful && !this.returnState) return [outputs];
      const { leaves } = flatten('state', state);
      // What is kept, and what is returned, is disposed by somebody else.
      if (this.stateful) kept = leaves.map((each) => keep(clone(each)));
      return this.returnState ? [outputs, ...leaves.map((each) => clone(each))] : [outputs];
    });
    if (this.stateful) this.#keep(kept);
    const [output, ...states] = result;
    if (output === undefined) throw new Error('a run has an output');
    return this.returnState ? [output, ...states] : output;
  }

  #withDropout(x: Tensor3D, training: boolean): Tensor3D {
    if (!training || this.#dropout === 0) return x;
    const [batch, , width] = x.shape;
    return mul(x, dropout(ones([batch, 1, width]), this.#dropout));
  }

  #outputOf(output: Tensor2D | Tensor3D, mask: Tensor2D | undefined): Tensor {
    if (!isSequence(output)) return output;
    if (!this.returnSequences) return lastTaken(output, mask);
    return mask ? repeatTaken(output, mask) : output;
  }

  /** What a call starts from: as given, as kept, or undefined for the start of the net. */
  #startAt(given: unknown, batch: number): State | undefined {
    if (this.stateful && batch !== this.#batch) {
      throw new TapeheadError(
        'shape',
        `x: expected ${this.#batch} sequences, because the layer is stateful and was built for them, got ${batch}`,
      );
    }
    const states = given == null ? this.#kept : this.#statesOf(given, batch);
    return states && rebuild<State>(this.#stateForm().structure, states);
  }

  #statesOf(given: unknown, batch: number): Tensor[] {
    const list = listOf(given);
    const tensors = list.filter((each) => each instanceof Tensor);
    if (tensors.length !== list.length) {
      throw new TapeheadError('argument', `initialState: expected tensors, got ${textOf(given)}`);
    }
    this.#checkStates(
      tensors.map(({ shape }) => shape),
      batch,
    );
    return tensors.map((each) => cast(each, 'float32'));
  }

  /** @throws TapeheadError `argument` for another number of tensors, `shape` for another shape */
  #checkStates(shapes: readonly Shape[], batch: number | null = null): void {
    const { shapes: wanted, paths } = this.#stateForm();
    if (shapes.length !== wanted.length) {
      throw new TapeheadError(
        'argument',
        `initialState: expected ${wanted.length} tensors (${paths.join(', ')}), got ${shapes.length}`,
      );
    }
    for (const [i, axes] of wanted.entries()) {
      const [rows = null, ...got] = shapes[i] ?? [];
      if (`${got}` === `${axes}` && (batch === null || rows === batch)) continue;
      throw new TapeheadError(
        'shape',
        `initialState[${i}]: expected shape [${[batch ?? 'batch', ...axes].join(', ')}] (${paths[i]}), ` +
          `got [${[rows, ...got].join(', ')}]`,
      );
    }
  }

  #stateForm(): StateForm {
    if (this.#form) return this.#form;
    let form: StateForm | undefined;
    tidy(() => {
      form = formOf(this.startOf(1));
    });
    if (form === undefined) throw new Error('a net has a state');
    this.#form = form;
    this.#cell.stateSize = form.shapes.map((shape) => shape.reduce((size, axis) => size * axis, 1));
    return form;
  }

  /** Takes states that are kept by tfjs. */
  #keep(states: readonly Tensor[] | undefined): void {
    dispose([...(this.#kept ?? [])]);
    this.#kept = states;
  }

  /** What a stateful layer has kept of the last call; null for each tensor before the first. */
  override get states(): Tensor[] {
    if (this.#kept) return [...this.#kept];
    if (this.built) this.#stateForm();
    return super.states;
  }

  override set states(states: Tensor[]) {
    this.resetStates(states);
  }

  /** The same as `states`. */
  override getStates(): Tensor[] {
    return this.states;
  }

  /** The same as `resetStates(states)`. */
  override setStates(states: Tensor[]): void {
    this.resetStates(states);
  }

  /** The state before the first step, for the batch of x. The caller disposes it. */
  override getInitialState(inputs: Tensor): Tensor[] {
    return tidy(() => [...flatten('state', this.startOf(inputs.shape[0] ?? 1)).leaves]);
  }

  /**
   * Forgets what a stateful layer has kept: the next call starts from the start of the net, or from `states`.
   *
   * @param states in the order in which `returnState` gives them; they stay the caller's to dispose
   * @throws TapeheadError `argument` where the layer is not stateful, or not built and states are given; `shape` for a state
   *   that does not fit
   */
  override resetStates(states?: Tensor | Tensor[]): void {
    if (!this.stateful) {
      throw new TapeheadError('argument', `resetStates: layer ${this.name} is not stateful`);
    }
    if (states == null) {
      this.#keep(undefined);
      return;
    }
    const batch = this.#batch;
    if (batch === null) {
      throw new TapeheadError('argument', `resetStates: expected a built layer; add it to a model first`);
    }
    this.#keep(tidy(() => this.#statesOf(states, batch).map((each) => keep(clone(each)))));
  }

  protected override disposeWeights(): number {
    this.#keep(undefined);
    return super.disposeWeights();
  }

  /** The options as JSON. */
  override getConfig(): serialization.ConfigDict {
    const { unroll: _, ...config } = super.getConfig();
    return { ...config, dropout: this.#dropout, ...this.#rules.config };
  }

  static override fromConfig<T extends serialization.Serializable>(
    cls: serialization.SerializableConstructor<T>,
    config: serialization.ConfigDict,
  ): T {
    return new cls(config);
  }
}

function listOf(given: unknown): readonly unknown[] {
  if (given === undefined || given === null) return [];
  return Array.isArray(given) ? given : [given];
}

const isSequence = (output: Tensor): output is Tensor3D => output.rank === 3;

/** The one input of the layer. */
function oneInput(inputs: Tensor | Tensor[]): Tensor3D {
  const [x, ...others] = Array.isArray(inputs) ? inputs : [inputs];
  const isTensor = x instanceof Tensor;
  if (isTensor && others.length === 0 && isSequence(x)) return x;
  const one = isTensor ? `shape [${x.shape.join(', ')}]` : textOf(x);
  const got = others.length > 0 ? `${others.length + 1} inputs` : one;
  throw new TapeheadError('shape', `x: expected one input [batch, time, inputSize], got ${got}`);
}

/** @throws TapeheadError `shape` for a tensor whose first axis is not the batch */
function formOf(startOfOne: object): StateForm {
  const { structure, leaves, paths } = flatten('state', startOfOne);
  for (const [i, { shape }] of leaves.entries()) {
    if (shape[0] === 1) continue;
    throw new TapeheadError(
      'shape',
      `${paths[i]}: expected shape [batch, …], because the layer returns, keeps or takes the state, ` +
        `got [${shape.join(', ')}] for a batch of 1`,
    );
  }
  return { structure, paths, shapes: leaves.map(({ shape: [, ...others] }) => others) };
}
