import { glorotUniform, lstmStep } from '@tapehead/controller';
import {
  checkInteger,
  checkObject,
  checkOneOf,
  checkRoom,
  floatsOf,
  TapeheadError,
  textOf,
} from '@tapehead/core';
import { serialization, type Tensor, tidy, type Variable, zeros } from '@tensorflow/tfjs-core';
import type { Shape, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { checkSymbolic, known, type Size, sizesIn } from './given.js';
import { inputsOf, Part, type PartArgs, shapesOf } from './part.js';
import { freshName, oneOf, twoOf } from './symbolic.js';

/** What the layer of a controller gives: its output h, or h and c, which are also its state. */
export type ControllerOutputs = 'output' | 'output-and-state';

/** Options of {@link LstmController}. */
export interface LstmControllerArgs extends PartArgs {
  /** Width of the output. Default 256. */
  readonly controllerSize?: number | undefined;
  /** `output` (default): h; `output-and-state`: h and c, two outputs. */
  readonly outputs?: ControllerOutputs | undefined;
}

const inputNames = ['input', 'h?', 'c?'];

interface Built {
  readonly kernel: Variable;
  readonly recurrentKernel: Variable;
  readonly bias: Variable;
  readonly inputSize: number;
}

/**
 * One step of an LSTM as a layer: input `[batch, inputSize]` and, if there are three inputs, h and c of the step before,
 * `[batch, controllerSize]` each, to the new h. Without them h and c are 0. Its weights are `kernel`, `recurrentKernel` and
 * `bias`; the gates are in the order i, f, g, o.
 */
export class LstmController extends Part {
  static readonly className = 'NtmLstmController';
  readonly #controllerSize: number;
  readonly #args: LstmControllerArgs;
  #built: Built | undefined;

  /** @throws TapeheadError `argument` or `range`, naming the option */
  constructor(args: LstmControllerArgs = {}) {
    super('buildController', args, ['controllerSize', 'outputs']);
    const { controllerSize = 256, outputs = 'output' } = args;
    checkInteger('controllerSize', controllerSize);
    checkOneOf('outputs', outputs, ['output', 'output-and-state']);
    this.#controllerSize = controllerSize;
    this.#args = args;
  }

  override build(inputShape: Shape | Shape[]): void {
    const [, inputSize] = this.#sizes(inputShape);
    const units = this.#controllerSize;
    checkRoom(
      `buildController (inputSize ${inputSize}, controllerSize ${units})`,
      4 * 4 * units * (inputSize + units + 1),
      'take a smaller controllerSize',
    );
    const nextSeed = this.seeds();
    this.#built = {
      kernel: this.variable('kernel', glorotUniform(inputSize, 4 * units, nextSeed())),
      recurrentKernel: this.variable('recurrentKernel', glorotUniform(units, 4 * units, nextSeed())),
      bias: this.variable('bias', zeros([4 * units])),
      inputSize,
    };
    super.build(inputShape);
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape | Shape[] {
    const [batch] = this.#sizes(inputShape);
    const shape = [batch, this.#controllerSize];
    return this.#args.outputs === 'output-and-state' ? [shape, shape] : shape;
  }

  override call(inputs: Tensor | Tensor[]): Tensor | Tensor[] {
    const [input, h, c] = inputsOf('buildController', inputs, inputNames);
    if (!input || !this.#built) throw new Error('the layer is built, and the inputs were counted');
    const { inputSize: _, ...weights } = this.#built;
    return tidy(() => {
      const x = floatsOf('input', input);
      const fresh = () => zeros([x.shape[0] ?? 1, this.#controllerSize]);
      const next = lstmStep(x, { h: h ?? fresh(), c: c ?? fresh() }, weights, { engine: this.engine });
      return this.#args.outputs === 'output-and-state' ? [next.h, next.c] : next.h;
    });
  }

  #sizes(inputShape: Shape | Shape[]): readonly [batch: Size, inputSize: number] {
    const [input = [], ...state] = shapesOf('buildController', inputShape, inputNames);
    const [batch = null, inputSize] = sizesIn('input', input, [
      'batch',
      this.#built?.inputSize ?? 'inputSize',
    ]);
    for (const [i, shape] of state.entries())
      sizesIn(i === 0 ? 'h' : 'c', shape, ['batch', this.#controllerSize]);
    return [batch, known(inputSize)];
  }

  override getConfig(): serialization.ConfigDict {
    const { outputs = 'output', seed } = this.#args;
    const config = { ...super.getConfig(), controllerSize: this.#controllerSize, outputs };
    return seed === undefined ? config : { ...config, seed };
  }
}

serialization.registerClass(LstmController);

/** Options of {@link buildController}. */
export interface ControllerLayerOptions extends Omit<LstmControllerArgs, 'controllerSize'> {
  /** h and c of the step before, `[batch, controllerSize]` each. Default 0. */
  readonly state?: readonly [h: SymbolicTensor, c: SymbolicTensor] | undefined;
}

/** The options of a controller that also returns its state. */
export type ControllerLayerWithState = ControllerLayerOptions & { readonly outputs: 'output-and-state' };

/**
 * One step of an LSTM controller with weights of its own (Hochreiter & Schmidhuber 1997, with forget gates).
 *
 * @param input combined input: external input and previous reads, `[batch, inputSize]`
 * @param controllerSize width of the output. Default 256
 * @param options `name` is that of the layer, by default `controller_lstm`, then `controller_lstm_2` and so on; `state` is
 * that of the step before
 * @returns `[batch, controllerSize]`; with `outputs: 'output-and-state'` h, which is the output, and c
 * @throws TapeheadError `argument` for anything else than symbolic tensors, and for an unknown option; `shape` where the
 * shapes do not fit; `range` for a bad size
 *
 * @example
 * const input = tf.input({ shape: [28] });
 * const controllerOut = buildController(input, 100); // [null, 100]
 */
export function buildController(
  input: SymbolicTensor,
  controllerSize: number | undefined,
  options: ControllerLayerWithState,
): [h: SymbolicTensor, c: SymbolicTensor];
export function buildController(
  input: SymbolicTensor,
  controllerSize?: number,
  options?: ControllerLayerOptions & { readonly outputs?: 'output' | undefined },
): SymbolicTensor;
export function buildController(
  input: SymbolicTensor,
  controllerSize = 256,
  options: ControllerLayerOptions = {},
): SymbolicTensor | [SymbolicTensor, SymbolicTensor] {
  checkSymbolic('input', input, 'for tensors call new LstmController({ controllerSize }).apply(input)');
  checkObject('buildController', options, 'an object of options');
  const { state, name = freshName('controller_lstm'), ...args } = options;
  const layer = new LstmController({ ...args, name, controllerSize });
  const outputs = layer.apply([input, ...stateIn(state)]);
  return options.outputs === 'output-and-state' ? twoOf(outputs) : oneOf(outputs);
}

function stateIn(state: unknown): SymbolicTensor[] {
  if (state === undefined) return [];
  const given: unknown[] = Array.isArray(state) ? state : [];
  if (given.length !== 2) {
    throw new TapeheadError('argument', `state: expected [h, c] of the step before, got ${textOf(state)}`);
  }
  return given.map((each, i) => {
    checkSymbolic(`state[${i}]`, each, 'as input is one');
    return each;
  });
}
