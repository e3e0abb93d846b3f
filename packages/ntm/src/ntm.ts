import { checkInteger, checkShape, TapeheadError } from '@tapehead/check';
import { type MakeVariable, plainVariable } from '@tapehead/controller';
import {
  expandDims,
  type Rank,
  reshape,
  sigmoid,
  softmax,
  stack,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tanh,
  tidy,
  tile,
  unstack,
  type Variable,
} from '@tensorflow/tfjs-core';
import { configOf, type NtmConfig, type NtmOptions, type OutputActivation } from './options.js';
import { factoryOf, makeParts, type Parts } from './parameters.js';
import { type NtmState, type NtmStep, ntmStep } from './step.js';
import { type NtmTrace, traceOf } from './trace.js';

/** How {@link NTM.sequence} runs. */
export interface SequenceOptions {
  /** Where to start; `initialState(batch)` by default. */
  readonly state?: NtmState;
  /** Whether to return what happened at each step. Default `false`: it holds the memory of every step. */
  readonly trace?: boolean;
}

/** A whole sequence. */
export type NtmSequence = {
  /** `[batch, time, outputSize]` */
  output: Tensor3D;
  /** The output before its activation: what a cost with a sigmoid or softmax of its own should take. */
  logits: Tensor3D;
  /** After the last step. */
  state: NtmState;
};

/**
 * A Neural Turing Machine (Graves, Wayne & Danihelka 2014, "Neural Turing Machines", arXiv:1410.5401): a controller,
 * heads and a memory. The net holds its variables and nothing else; what it carries over time is in the state.
 */
export class NTM {
  /** Every option, defaults filled in. */
  readonly config: NtmConfig;
  readonly #parts: Parts;

  private constructor(config: NtmConfig, parts: Parts) {
    this.config = config;
    this.#parts = parts;
  }

  /**
   * Builds a net with fresh weights.
   *
   * @param options sizes, heads, controller and the rest; only `inputSize` is required
   * @param variable makes the variables; plain tfjs variables by default
   * @throws TapeheadError `range` or `argument`, naming the option
   */
  static build(options: NtmOptions, variable: MakeVariable = plainVariable): NTM {
    const config = configOf(options);
    const factory = typeof options.controller === 'function' ? options.controller : factoryOf(config);
    return new NTM(config, makeParts(config, factory, variable));
  }

  /** All variables by name, in a fixed order; those of the controller as `controller.…`. */
  get parameters(): Readonly<Record<string, Variable>> {
    return this.#parts.all;
  }

  /** The variables that training changes: all, but for an initial memory that is not learned. */
  get trainable(): Readonly<Record<string, Variable>> {
    const { memory, ...others } = this.#parts.all;
    return this.config.initialMemory === 'learned' && memory ? { ...others, memory } : others;
  }

  /**
   * State before the first step, from learned values: the controller's, the memory, where the heads look (softmax of
   * logits), and what they have read. Gradients flow back to the variables.
   *
   * @param batch number of sequences
   * @throws TapeheadError `range`
   */
  initialState(batch: number): NtmState {
    checkInteger('batch', batch);
    const { controller, own } = this.#parts;
    return tidy(() => ({
      controller: controller.initialState(batch),
      memory: repeat(own.memory, batch),
      readWeights: repeat(softmax(own.readWeightLogits), batch),
      writeWeights: repeat(softmax(own.writeWeightLogits), batch),
      reads: repeat(own.reads, batch),
    }));
  }

  /**
   * One time step.
   *
   * @param x `[batch, inputSize]`
   * @param state of the step before, or `initialState(batch)`; it is left as it is, and is the caller's to dispose
   * @returns output `[batch, outputSize]` and the next state
   * @throws TapeheadError `shape` where the shapes do not fit
   */
  step(x: Tensor2D, state: NtmState): { output: Tensor2D; state: NtmState } {
    this.#checkInput(x, ['batch']);
    this.#checkState(state, x.shape[0]);
    return tidy(() => {
      const { logits, state: next } = ntmStep(this.#parts, this.config, x, state);
      return { output: activate(logits, this.config.outputActivation), state: next };
    });
  }

  /**
   * A whole sequence, step after step.
   *
   * @param x `[batch, time, inputSize]`
   * @param options where to start, and whether to keep a trace
   * @returns output and logits `[batch, time, outputSize]`, the last state and, if asked for, the trace
   * @throws TapeheadError `shape` where the shapes do not fit
   */
  sequence(
    x: Tensor3D,
    options: SequenceOptions & { readonly trace: true },
  ): NtmSequence & { trace: NtmTrace };
  sequence(x: Tensor3D, options?: SequenceOptions): NtmSequence;
  sequence(x: Tensor3D, { state, trace = false }: SequenceOptions = {}): NtmSequence {
    this.#checkInput(x, ['batch', 'time']);
    const [batch, time] = x.shape;
    if (time === 0) throw new TapeheadError('shape', 'x: expected at least one time step, got 0');
    if (state) this.#checkState(state, batch);
    return tidy(() => {
      const steps: NtmStep[] = [];
      let current = state ?? this.initialState(batch);
      for (const xt of eachStep(x)) {
        const step = ntmStep(this.#parts, this.config, xt, current);
        steps.push(step);
        current = step.state;
      }
      const logits = overTime(steps.map((step) => step.logits));
      const output = activate(logits, this.config.outputActivation);
      return { output, logits, state: current, ...(trace ? { trace: traceOf(steps) } : {}) };
    });
  }

  /** Disposes the variables; the net is not to be used after this. */
  dispose(): void {
    for (const variable of Object.values(this.#parts.all)) variable.dispose();
  }

  #checkInput(x: Tensor, before: readonly string[]): void {
    checkShape('x', x, [...before, this.config.inputSize], `inputSize ${this.config.inputSize}`);
  }

  #checkState({ memory, readWeights, writeWeights, reads }: NtmState, batch: number): void {
    const { memorySize, memoryDim, readHeads, writeHeads } = this.config;
    checkShape('state.memory', memory, [batch, memorySize, memoryDim], 'batch, memorySize, memoryDim');
    checkShape(
      'state.readWeights',
      readWeights,
      [batch, readHeads, memorySize],
      'batch, readHeads, memorySize',
    );
    checkShape(
      'state.writeWeights',
      writeWeights,
      [batch, writeHeads, memorySize],
      'batch, writeHeads, memorySize',
    );
    checkShape('state.reads', reads, [batch, readHeads, memoryDim], 'batch, readHeads, memoryDim');
  }
}

/** The same start for each sequence: `[rows, columns]` to `[batch, rows, columns]`. */
function repeat(start: Tensor, batch: number): Tensor3D {
  return tile(expandDims<Tensor3D>(start, 0), [batch, 1, 1]);
}

/** `[batch, inputSize]` for each step; one alone is only reshaped, because tfjs has no gradient for unstacking one. */
function eachStep(x: Tensor3D): Tensor2D[] {
  const [batch, time, width] = x.shape;
  if (time === 1) return [reshape<Rank.R2>(x, [batch, width])];
  return unstack(x, 1).map((step) => reshape<Rank.R2>(step, [batch, width]));
}

/** `[batch, width]` for each step to `[batch, time, width]`. */
function overTime(steps: Tensor2D[]): Tensor3D {
  const [batch = 0, width = 0] = steps[0]?.shape ?? [];
  return reshape<Rank.R3>(stack(steps, 1), [batch, steps.length, width]);
}

function activate<T extends Tensor>(logits: T, activation: OutputActivation): T {
  switch (activation) {
    case 'sigmoid':
      return sigmoid(logits);
    case 'tanh':
      return tanh(logits);
    case 'softmax':
      return softmax(logits);
    case 'linear':
      return logits;
  }
}
