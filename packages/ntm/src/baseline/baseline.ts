import { type LstmState, type MakeVariable, plainVariable } from '@tapehead/controller';
import {
  checkFunction,
  checkInteger,
  checkOptions,
  type Engine,
  type Floats,
  firstOrder,
} from '@tapehead/core';
import { chooseEngine, obstacleTo } from '@tapehead/core/kernels';
import { engine, type Tensor2D, type Tensor3D, tidy, type Variable } from '@tensorflow/tfjs-core';
import { activate } from '../activate.js';
import { carriedGradients, mapLstmState } from '../carried.js';
import { inChunks } from '../chunks.js';
import { engineForWork } from '../engine.js';
import { firstOrderCells } from '../firstOrder.js';
import { sequenceInput, stepInput } from '../given.js';
import { cellsOf, type LstmStateLike } from '../givenState.js';
import { type CostGradients, fusedGradients, type SequenceCost, tapedGradients } from '../gradients.js';
import { checkInUse, disposeAll, trainableAmong } from '../variables.js';
import { baselineOp } from './fused/op.js';
import { baselineCallOf, fusedBaselineSequence } from './fused/sequence.js';
import { baselineConfigOf, type LstmBaselineConfig, type LstmBaselineOptions } from './options.js';
import { type BaselineParts, makeBaselineParts } from './parameters.js';
import { baselineSequence, baselineStart, baselineStep } from './reference.js';
import { baselineStepsAtOnce, checkBaselineState, checkBaselineWork } from './room.js';

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

  /** The variables that training changes: those whose `trainable` is true, all unless you set it to false. */
  get trainable(): Readonly<Record<string, Variable>> {
    return trainableAmong(this.#parts.all);
  }

  /**
   * State before the first step: the learned h and c of each layer. Gradients flow back to the variables.
   *
   * @param batch number of sequences
   * @throws TapeheadError `range`, also where the backend has no memory for it
   */
  initialState(batch: number): LstmState {
    checkInUse(this.#parts.all);
    checkInteger('batch', batch);
    checkBaselineState(this.config, batch);
    return tidy(() => baselineStart(this.#parts, batch));
  }

  /**
   * One time step.
   *
   * @param x `[batch, inputSize]`
   * @param state of the step before, or `initialState(batch)`; it is left as it is, and is the caller's to dispose
   * @returns output `[batch, outputSize]` and the next state
   * @throws TapeheadError `shape` where the shapes do not fit, `argument` for what is no numbers, `range` where the backend
   *   has no memory for it
   */
  step(x: Floats, state: LstmStateLike): { output: Tensor2D; state: LstmState } {
    checkInUse(this.#parts.all);
    return tidy(() => {
      const input = stepInput(x, this.config.inputSize);
      const [batch] = input.shape;
      checkBaselineWork('step', this.config, { batch, time: 1, by: 'chunk' });
      const { logits, state: next } = baselineStep(this.#parts, input, this.#stateOf(state, batch));
      const output = activate(firstOrder('net', logits), this.config.outputActivation);
      return { output, state: firstOrderCells(next) };
    });
  }

  /**
   * A whole sequence, step after step. Where no tape of tfjs records it, the memory that it needs does not grow with time.
   *
   * @param x `[batch, time, inputSize]`
   * @param options where to start; `initialState(batch)` by default
   * @returns output and logits `[batch, time, outputSize]`, and the last state
   * @throws TapeheadError `shape` where the shapes do not fit, `argument` for what is no numbers and for an unknown option,
   *   `range` where the backend has no memory for it
   */
  sequence(x: Floats, options: { readonly state?: LstmStateLike | undefined } = {}): LstmBaselineSequence {
    checkInUse(this.#parts.all);
    checkOptions('sequence', options, ['state']);
    return tidy(() => {
      const input = sequenceInput(x, this.config.inputSize);
      const start = options.state === undefined ? undefined : this.#stateOf(options.state, input.shape[0]);
      const { logits, state: last } = this.#run(input, start);
      return { output: activate(logits, this.config.outputActivation), logits, state: last };
    });
  }

  #run(x: Tensor3D, start?: LstmState): { logits: Tensor3D; state: LstmState } {
    const [batch, time] = x.shape;
    const steps = (on: 'fused' | 'reference') =>
      engine().isTapeOn() ? time : Math.min(time, baselineStepsAtOnce(this.config, batch, on));
    if (this.#engineFor(x, steps('fused')) === 'fused') {
      checkBaselineWork('sequence', this.config, { batch, time, by: 'kernel' });
      return inChunks(x, steps('fused'), start, (part, from) =>
        fusedBaselineSequence(baselineCallOf(this.#parts, this.config, part, 'final state', from)),
      );
    }
    checkBaselineWork('sequence', this.config, { batch, time, by: engine().isTapeOn() ? 'tape' : 'chunk' });
    const first = start ?? baselineStart(this.#parts, batch);
    const last = inChunks(x, steps('reference'), first, (part, from = first) =>
      baselineSequence(this.#parts, part, from),
    );
    return { logits: firstOrder('net', last.logits), state: firstOrderCells(last.state) };
  }

  #engineFor(x: Tensor3D, time: number): 'fused' | 'reference' {
    return engineForWork(this.engine, baselineOp, obstacleTo(baselineOp), {
      ...baselineCallOf(this.#parts, this.config, x, 'final state').settings,
      time,
    });
  }

  /**
   * A cost of the logits, and its gradients, for training: on the fused engine without a tape.
   *
   * @param x `[batch, time, inputSize]`; each sequence starts from the learned start, unless `options` say otherwise
   * @param cost a differentiable scalar of the logits `[batch, time, outputSize]`
   * @param options the state to start from, into which nothing flows back: truncated backpropagation. Then the state after
   *   the last step is returned too, and the gradients of the learned start are zeros
   * @returns the cost, and a gradient for each variable of `trainable` by its own name, zeros where the cost does not depend
   *   on it; the caller's to dispose
   * @throws TapeheadError `shape` where the shapes do not fit, `argument` for what is no numbers and for a cost that does
   *   not depend on the logits, `range` where the backend has no memory for it
   */
  differentiate(
    x: Floats,
    cost: SequenceCost,
    options: { readonly state: LstmStateLike },
  ): CostGradients & { state: LstmState };
  differentiate(x: Floats, cost: SequenceCost): CostGradients;
  differentiate(
    x: Floats,
    cost: SequenceCost,
    options: { readonly state?: LstmStateLike } = {},
  ): CostGradients & { state?: LstmState } {
    checkInUse(this.#parts.all);
    checkFunction('cost', cost);
    checkOptions('differentiate', options, ['state']);
    const trainable = Object.values(this.trainable);
    return tidy(() => {
      const input = sequenceInput(x, this.config.inputSize);
      const [batch, time] = input.shape;
      if (options.state !== undefined) {
        const start = this.#stateOf(options.state, batch);
        return carriedGradients(() => this.#run(input, start), mapLstmState, cost, trainable);
      }
      if (this.#engineFor(input, time) === 'fused')
        return fusedGradients(baselineCallOf(this.#parts, this.config, input, 'logits'), cost, trainable);
      checkBaselineWork('differentiate', this.config, { batch, time, by: 'tape' });
      const start = () => baselineStart(this.#parts, batch);
      return tapedGradients(() => baselineSequence(this.#parts, input, start()).logits, cost, trainable);
    });
  }

  /** Disposes the variables; the net is not to be used after this. */
  dispose(): void {
    disposeAll(this.#parts.all);
  }

  #stateOf(state: LstmStateLike, batch: number): LstmState {
    return { cells: cellsOf('state', state, { ...this.config, batch }, 'batch, size') };
  }
}
