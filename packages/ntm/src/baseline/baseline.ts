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
import { inChunks, type Sequences } from '../chunks.js';
import { engineForWork } from '../engine.js';
import { firstOrderCells } from '../firstOrder.js';
import { sequenceInput, stepInput } from '../given.js';
import { cellsOf, type LstmStateLike } from '../givenState.js';
import { type CostGradients, fusedGradients, type SequenceCost, tapedGradients } from '../gradients.js';
import { type LengthOptions, lengthNames, sequencesOf, takenCost, taking } from '../lengths.js';
import { engineOfScan, obstacleToScan, type ScanStep, scannedSequence } from '../scanned.js';
import { checkInUse, disposeAll, trainableAmong } from '../variables.js';
import { baselineOp } from './fused/op.js';
import { baselineCallOf, fusedBaselineSequence } from './fused/sequence.js';
import { baselineConfigOf, type LstmBaselineConfig, type LstmBaselineOptions } from './options.js';
import { type BaselineParts, makeBaselineParts } from './parameters.js';
import { baselineSequence, baselineStart, baselineStep } from './reference.js';
import { baselineStepsAtOnce, checkBaselineState, checkBaselineWork } from './room.js';

/** How {@link LSTMBaseline.sequence} runs. With a mask, or lengths that differ, it is compiled by `scan`. */
export interface LstmBaselineSequenceOptions extends LengthOptions {
  /** Where to start; `initialState(batch)` by default. */
  readonly state?: LstmStateLike | undefined;
}

/** A whole sequence. */
export type LstmBaselineSequence = {
  /** `[batch, time, outputSize]` */
  output: Tensor3D;
  /** The output before its activation: what a cost with a sigmoid or softmax of its own should take. */
  logits: Tensor3D;
  /** After the last step of each sequence. */
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
  readonly #scanned: ScanStep<Tensor2D, LstmState>;

  private constructor(config: LstmBaselineConfig, engine: Engine, parts: BaselineParts) {
    this.config = config;
    this.engine = engine;
    this.#parts = parts;
    // Layers are compiled with the step: they need no kernels of their own.
    const compiled: BaselineParts = { ...parts, engine: engine === 'fused' ? 'auto' : engine };
    this.#scanned = {
      step(x, state) {
        const { logits, state: next } = baselineStep(compiled, x, state);
        return { output: logits, state: next };
      },
    };
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
   * @param options where to start, `initialState(batch)` by default; and which steps count
   * @returns output and logits `[batch, time, outputSize]`, 0 at padding, and the state of each sequence after its last step
   * @throws TapeheadError `shape` where the shapes do not fit, `argument` for what is no numbers and for an unknown option,
   *   `range` where the backend has no memory for it
   */
  sequence(x: Floats, options: LstmBaselineSequenceOptions = {}): LstmBaselineSequence {
    checkInUse(this.#parts.all);
    checkOptions('sequence', options, ['state', ...lengthNames]);
    return tidy(() => {
      const input = sequenceInput(x, this.config.inputSize);
      const start = options.state === undefined ? undefined : this.#stateOf(options.state, input.shape[0]);
      const sequences = sequencesOf('sequence', input, options);
      const { logits, state: last } = this.#run(sequences, start);
      const output = activate(logits, this.config.outputActivation);
      const { mask } = sequences;
      return { output: mask ? taking(mask, output) : output, logits, state: last };
    });
  }

  #run(sequences: Sequences, start?: LstmState): { logits: Tensor3D; state: LstmState } {
    const [batch, time] = sequences.x.shape;
    const steps = (on: 'fused' | 'reference') =>
      engine().isTapeOn() ? time : Math.min(time, baselineStepsAtOnce(this.config, batch, on));
    if (this.#engineFor(sequences, steps('fused'), start) === 'fused') {
      checkBaselineWork('sequence', this.config, { batch, time, by: 'kernel' });
      return sequences.mask
        ? this.#scannedSequence(sequences, steps('fused'), start)
        : this.#fusedSequence(sequences, steps('fused'), start);
    }
    checkBaselineWork('sequence', this.config, { batch, time, by: engine().isTapeOn() ? 'tape' : 'chunk' });
    const first = start ?? baselineStart(this.#parts, batch);
    const last = inChunks(sequences, steps('reference'), first, (part, from = first) =>
      baselineSequence(this.#parts, part, from),
    );
    return { logits: firstOrder('net', last.logits), state: firstOrderCells(last.state) };
  }

  #fusedSequence(sequences: Sequences, steps: number, start: LstmState | undefined) {
    return inChunks(sequences, steps, start, ({ x }, from) =>
      fusedBaselineSequence(baselineCallOf(this.#parts, this.config, x, 'final state', from)),
    );
  }

  /** The kernels written by hand have the state after the last step of all sequences alone. */
  #scannedSequence(
    sequences: Sequences,
    steps: number,
    start: LstmState = baselineStart(this.#parts, sequences.x.shape[0]),
  ) {
    return inChunks(sequences, steps, start, (part, from = start) =>
      scannedSequence(this.#scanned, part, from),
    );
  }

  #engineFor(sequences: Sequences, time: number, start?: LstmState): 'fused' | 'reference' {
    const { x, mask } = sequences;
    if (mask !== undefined) {
      if (this.engine === 'reference') return this.engine;
      const from = start ?? baselineStart(this.#parts, x.shape[0]);
      return engineOfScan(this.engine, obstacleToScan(this.#scanned, sequences, from));
    }
    return engineForWork(this.engine, baselineOp, obstacleTo(baselineOp), {
      ...baselineCallOf(this.#parts, this.config, x, 'final state').settings,
      time,
    });
  }

  /**
   * A cost of the logits, and its gradients, for training: on the fused engine without a tape.
   *
   * @param x `[batch, time, inputSize]`; each sequence starts from the learned start, unless `options` say otherwise
   * @param cost a differentiable scalar of the logits `[batch, time, outputSize]`, 0 at padding
   * @param options which steps count: padding has no part in the cost's gradients. And the state to start from, into which
   *   nothing flows back: truncated backpropagation. Then the state after the last step is returned too, and the gradients of
   *   the learned start are zeros
   * @returns the cost, and a gradient for each variable of `trainable` by its own name, zeros where the cost does not depend
   *   on it; the caller's to dispose
   * @throws TapeheadError `shape` where the shapes do not fit, `argument` for what is no numbers and for a cost that does
   *   not depend on the logits, `range` where the backend has no memory for it
   */
  differentiate(
    x: Floats,
    cost: SequenceCost,
    options: { readonly state: LstmStateLike } & LengthOptions,
  ): CostGradients & { state: LstmState };
  differentiate(x: Floats, cost: SequenceCost, options?: LengthOptions): CostGradients;
  differentiate(
    x: Floats,
    cost: SequenceCost,
    options: { readonly state?: LstmStateLike } & LengthOptions = {},
  ): CostGradients & { state?: LstmState } {
    checkInUse(this.#parts.all);
    checkFunction('cost', cost);
    checkOptions('differentiate', options, ['state', ...lengthNames]);
    const trainable = Object.values(this.trainable);
    return tidy(() => {
      const input = sequenceInput(x, this.config.inputSize);
      const sequences = sequencesOf('differentiate', input, options);
      const taken = takenCost(cost, sequences.mask);
      const [batch, time] = input.shape;
      if (options.state !== undefined) {
        const start = this.#stateOf(options.state, batch);
        return carriedGradients(() => this.#run(sequences, start), mapLstmState, taken, trainable);
      }
      // Steps after the last that counts change no logits before them. Those that a mask leaves out in the middle would.
      const whole = { x: sequences.x, mask: undefined };
      if (options.mask === undefined && this.#engineFor(whole, time) === 'fused') {
        const call = baselineCallOf(this.#parts, this.config, whole.x, 'logits');
        return fusedGradients(call, taken, trainable);
      }
      checkBaselineWork('differentiate', this.config, { batch, time, by: 'tape' });
      return tapedGradients(() => this.#run(sequences).logits, taken, trainable);
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
