import { type LstmState, type MakeVariable, plainVariable } from '@tapehead/controller';
import { checkEngine, checkInteger, checkShape, type Engine, TapeheadError } from '@tapehead/core';
import { chooseEngine, obstacleTo, obstacleToWork } from '@tapehead/core/kernels';
import {
  engine,
  type NamedTensorMap,
  type Scalar,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tidy,
  type Variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import { activate } from '../activate.js';
import { inChunks, stepsAtOnce } from '../fused/chunks.js';
import { fusedGradients } from '../fused/gradients.js';
import { baselineOp } from './fused/op.js';
import { baselineCallOf, fusedBaselineSequence } from './fused/sequence.js';
import { baselineConfigOf, type LstmBaselineConfig, type LstmBaselineOptions } from './options.js';
import { type BaselineParts, makeBaselineParts } from './parameters.js';
import { baselineSequence, baselineStart, baselineStep } from './reference.js';

/** A whole sequence. */
export type LstmBaselineSequence = {
  /** `[batch, time, outputSize]` */
  output: Tensor3D;
  /** The output before its activation: what a cost with a sigmoid or softmax of its own should take. */
  logits: Tensor3D;
  /** After the last step. */
  state: LstmState;
};

/**
 * The LSTM without a memory that table 3 of the paper compares Neural Turing Machines with (Graves, Wayne & Danihelka
 * 2014): a deep LSTM in the form of Graves 2013 ("Generating Sequences With Recurrent Neural Networks", equations 1–8,
 * without peepholes), each layer of which sees the input beside the layer below, all of which feed the output:
 *
 *   h₁ = LSTM(x);  hₗ = LSTM([x, hₗ₋₁]);  logits = [h₁, …, h_L]·outputKernel + outputBias
 *
 * The paper gives only sizes and counts of parameters. Of stacks with and without connections from the input, with
 * outputs of the top layer or of all, with and without peepholes and learned h and c of the start, this one has exactly
 * four of the five counts of table 3: copy 1,352,969 (3×256, 10 channels in and 9 out), repeat copy 5,312,007 (3×512,
 * 8 and 7), associative recall 1,344,518 (3×256, 8 and 6) and n-grams 331,905 (3×128, 1 and 1). None has that of sort.
 */
export class LSTMBaseline {
  /** Every option, defaults filled in. */
  readonly config: LstmBaselineConfig;
  /** What was asked for; {@link runsOn} tells what it comes to. */
  readonly engine: Engine;
  readonly #parts: BaselineParts;

  private constructor(config: LstmBaselineConfig, engine: Engine, parts: BaselineParts) {
    this.config = config;
    this.engine = engine;
    this.#parts = parts;
  }

  /**
   * Builds a net with fresh weights.
   *
   * @param options sizes and the rest; only `inputSize` is required
   * @param variable makes the variables; plain tfjs variables by default
   * @throws TapeheadError `range` or `argument`, naming the option
   */
  static build(options: LstmBaselineOptions, variable: MakeVariable = plainVariable): LSTMBaseline {
    const config = baselineConfigOf(options);
    const { engine = 'auto' } = options;
    checkEngine(engine);
    return new LSTMBaseline(config, engine, makeBaselineParts(config, variable, engine));
  }

  /**
   * Which engine whole sequences run on, on the tfjs backend of this moment.
   * @throws TapeheadError `backend` where `engine` is `fused` and there is none, saying why
   */
  get runsOn(): 'fused' | 'reference' {
    return chooseEngine(this.engine, obstacleTo(baselineOp));
  }

  /** All variables by name, in a fixed order; those of a layer as `layers.0.…`. */
  get parameters(): Readonly<Record<string, Variable>> {
    return this.#parts.all;
  }

  /** The variables that training changes: all. */
  get trainable(): Readonly<Record<string, Variable>> {
    return this.#parts.all;
  }

  /**
   * State before the first step: the learned h and c of each layer. Gradients flow back to the variables.
   *
   * @param batch number of sequences
   * @throws TapeheadError `range`
   */
  initialState(batch: number): LstmState {
    checkInteger('batch', batch);
    return tidy(() => baselineStart(this.#parts, batch));
  }

  /**
   * One time step.
   *
   * @param x `[batch, inputSize]`
   * @param state of the step before, or `initialState(batch)`; it is left as it is, and is the caller's to dispose
   * @returns output `[batch, outputSize]` and the next state
   * @throws TapeheadError `shape` or `argument` where the shapes do not fit
   */
  step(x: Tensor2D, state: LstmState): { output: Tensor2D; state: LstmState } {
    this.#checkInput(x, ['batch']);
    this.#checkState(state, x.shape[0]);
    return tidy(() => {
      const { logits, state: next } = baselineStep(this.#parts, x, state);
      return { output: activate(logits, this.config.outputActivation), state: next };
    });
  }

  /**
   * A whole sequence, step after step.
   *
   * @param x `[batch, time, inputSize]`
   * @param options where to start; `initialState(batch)` by default
   * @returns output and logits `[batch, time, outputSize]`, and the last state
   * @throws TapeheadError `shape` or `argument` where the shapes do not fit
   */
  sequence(x: Tensor3D, { state }: { readonly state?: LstmState } = {}): LstmBaselineSequence {
    this.#checkSequence(x);
    if (state) this.#checkState(state, x.shape[0]);
    return tidy(() => {
      const { logits, state: last } = this.#run(x, state);
      return { output: activate(logits, this.config.outputActivation), logits, state: last };
    });
  }

  #run(x: Tensor3D, state?: LstmState): { logits: Tensor3D; state: LstmState } {
    const [batch, time] = x.shape;
    const steps = engine().isTapeOn() ? time : this.#stepsAtOnce(batch);
    if (this.#engineFor(x, steps) === 'fused') {
      return inChunks(x, steps, state, (part, start) =>
        fusedBaselineSequence(baselineCallOf(this.#parts, this.config, part, 'final state', start)),
      );
    }
    return baselineSequence(this.#parts, x, state ?? baselineStart(this.#parts, batch));
  }

  #engineFor(x: Tensor3D, steps: number): 'fused' | 'reference' {
    const missing = obstacleTo(baselineOp);
    if (missing !== undefined || this.engine === 'reference') return chooseEngine(this.engine, missing);
    const { settings } = baselineCallOf(this.#parts, this.config, x, 'final state');
    const time = Math.min(steps, settings.time);
    return chooseEngine(this.engine, undefined, obstacleToWork(baselineOp, { ...settings, time }));
  }

  #stepsAtOnce(batch: number): number {
    return stepsAtOnce(batch * 16 * this.config.size * this.config.layers);
  }

  /**
   * A cost of the logits, and its gradients, for training: on the fused engine without a tape.
   *
   * @param x `[batch, time, inputSize]`; each sequence starts from the learned start
   * @param cost a differentiable scalar of the logits `[batch, time, outputSize]`
   * @returns the cost, and the gradients of `trainable` by the variables' own names; the caller's to dispose
   * @throws TapeheadError `shape` where the shapes do not fit
   */
  differentiate(x: Tensor3D, cost: (logits: Tensor3D) => Scalar): { value: Scalar; grads: NamedTensorMap } {
    this.#checkSequence(x);
    const trainable = Object.values(this.trainable);
    if (this.#engineFor(x, x.shape[1]) === 'reference')
      return variableGrads(() => cost(this.sequence(x).logits), trainable);
    return tidy(() => fusedGradients(baselineCallOf(this.#parts, this.config, x, 'logits'), cost, trainable));
  }

  /** Disposes the variables; the net is not to be used after this. */
  dispose(): void {
    for (const variable of Object.values(this.#parts.all)) variable.dispose();
  }

  #checkSequence(x: Tensor3D): void {
    this.#checkInput(x, ['batch', 'time']);
    if (x.shape[1] === 0) throw new TapeheadError('shape', 'x: expected at least one time step, got 0');
  }

  #checkInput(x: Tensor, before: readonly string[]): void {
    checkShape('x', x, [...before, this.config.inputSize], `inputSize ${this.config.inputSize}`);
  }

  #checkState({ cells }: LstmState, batch: number): void {
    const { layers, size } = this.config;
    if (cells.length !== layers) {
      throw new TapeheadError(
        'argument',
        `state.cells: expected one for each of ${layers} layers, as initialState(batch) gives them, got ${cells.length}`,
      );
    }
    for (const [l, { h, c }] of cells.entries()) {
      checkShape(`state.cells[${l}].h`, h, [batch, size], 'batch, size');
      checkShape(`state.cells[${l}].c`, c, [batch, size], 'batch, size');
    }
  }
}
