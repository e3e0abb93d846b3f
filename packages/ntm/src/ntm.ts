import { type MakeVariable, plainVariable } from '@tapehead/controller';
import { checkEngine, checkInteger, checkShape, type Engine, TapeheadError } from '@tapehead/core';
import { chooseEngine, obstacleToWork } from '@tapehead/core/kernels';
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
import { activate } from './activate.js';
import { obstacleToNtm } from './engine.js';
import { inChunks, stepsAtOnce } from './fused/chunks.js';
import { fusedGradients, type SequenceCost } from './fused/gradients.js';
import { ntmOp } from './fused/op.js';
import { callOf, fusedSequence } from './fused/sequence.js';
import { sizesOf } from './fused/sizes.js';
import { fusedTrace } from './fused/trace.js';
import type { Intervention } from './intervention.js';
import { configOf, type NtmConfig, type NtmOptions } from './options.js';
import { factoryOf, makeParts, type Parts } from './parameters.js';
import { referenceSequence, startOf } from './reference.js';
import { type NtmState, ntmStep } from './step.js';
import { type NtmTrace, traceOf } from './trace.js';

/** How {@link NTM.sequence} runs. */
export interface SequenceOptions {
  /** Where to start; `initialState(batch)` by default. */
  readonly state?: NtmState;
  /** Whether to return what happened at each step. Default `false`: it holds the memory of every step. */
  readonly trace?: boolean;
  /** What changes what the heads say at every step; the sequence then runs step by step. */
  readonly intervene?: Intervention | undefined;
}

/** A whole sequence. */
export type NtmSequence = {
  /** `[batch, time, outputSize]` */
  output: Tensor3D;
  /** The output before its activation: what a cost with a sigmoid or softmax of its own should take. */
  logits: Tensor3D;
  /** After the last step. */
  state: NtmState;
  /** What happened at each step, where it was asked for; on the fused engine no gradient flows back from it. */
  trace?: NtmTrace;
};

/**
 * A Neural Turing Machine (Graves, Wayne & Danihelka 2014, "Neural Turing Machines", arXiv:1410.5401): a controller,
 * heads and a memory. The net holds its variables and nothing else; what it carries over time is in the state.
 */
export class NTM {
  /** Every option, defaults filled in. */
  readonly config: NtmConfig;
  /** What was asked for; {@link runsOn} tells what it comes to. */
  readonly engine: Engine;
  readonly #parts: Parts;

  private constructor(config: NtmConfig, engine: Engine, parts: Parts) {
    this.config = config;
    this.engine = engine;
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
    const { engine = 'auto' } = options;
    checkEngine(engine);
    return new NTM(config, engine, makeParts(config, factory, variable, engine));
  }

  /**
   * Which engine whole sequences run on, on the tfjs backend of this moment.
   * @throws TapeheadError `backend` where `engine` is `fused` and there is none, saying why
   */
  get runsOn(): 'fused' | 'reference' {
    return chooseEngine(this.engine, obstacleToNtm(this.config));
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
    return tidy(() => startOf(this.#parts, batch));
  }

  /**
   * One time step.
   *
   * @param x `[batch, inputSize]`
   * @param state of the step before, or `initialState(batch)`; it is left as it is, and is the caller's to dispose
   * @param intervene changes what the heads say, before they act on it
   * @returns output `[batch, outputSize]` and the next state
   * @throws TapeheadError `shape` where the shapes do not fit
   */
  step(x: Tensor2D, state: NtmState, intervene?: Intervention): { output: Tensor2D; state: NtmState } {
    this.#checkInput(x, ['batch']);
    this.#checkState(state, x.shape[0]);
    return tidy(() => {
      const { logits, state: next } = ntmStep(this.#parts, this.config, x, state, intervene);
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
  sequence(x: Tensor3D, { state, trace = false, intervene }: SequenceOptions = {}): NtmSequence {
    this.#checkSequence(x);
    const [batch, time] = x.shape;
    if (state) this.#checkState(state, batch);
    return tidy(() => {
      const steps = trace || engine().isTapeOn() ? time : this.#stepsAtOnce(batch);
      const { logits, ...rest } =
        intervene === undefined && this.#engineFor(batch, Math.min(time, steps)) === 'fused'
          ? this.#fusedSequence(x, steps, trace, state)
          : this.#referenceSequence(x, trace, state, intervene);
      return { output: activate(logits, this.config.outputActivation), logits, ...rest };
    });
  }

  #referenceSequence(
    x: Tensor3D,
    trace: boolean,
    state?: NtmState,
    intervene?: Intervention,
  ): Omit<NtmSequence, 'output'> {
    const start = state ?? startOf(this.#parts, x.shape[0]);
    const { steps, ...last } = referenceSequence(this.#parts, this.config, x, start, intervene);
    return trace ? { ...last, trace: traceOf(steps) } : last;
  }

  #fusedSequence(x: Tensor3D, steps: number, trace: boolean, state?: NtmState): Omit<NtmSequence, 'output'> {
    const callOn = (part: Tensor3D, start: NtmState | undefined) =>
      callOf(this.#parts, this.config, part, 'final state', start);
    const result = inChunks(x, steps, state, (part, start) => fusedSequence(callOn(part, start)));
    return trace ? { ...result, trace: fusedTrace(callOn(x, state)) } : result;
  }

  /**
   * A cost of the logits, and its gradients, for training: on the fused engine without a tape, which costs more than
   * the kernels where batches are small.
   *
   * @param x `[batch, time, inputSize]`; each sequence starts from the learned start
   * @param cost a differentiable scalar of the logits `[batch, time, outputSize]`; with `andSlope` no tape is needed for it
   * @returns the cost, and the gradients of `trainable` by the variables' own names; the caller's to dispose
   * @throws TapeheadError `shape` where the shapes do not fit
   */
  differentiate(x: Tensor3D, cost: SequenceCost): { value: Scalar; grads: NamedTensorMap } {
    this.#checkSequence(x);
    const trainable = Object.values(this.trainable);
    const [batch, time] = x.shape;
    if (this.#engineFor(batch, time) === 'reference')
      return variableGrads(() => cost(this.sequence(x).logits), trainable);
    return tidy(() => fusedGradients(callOf(this.#parts, this.config, x, 'logits'), cost, trainable));
  }

  /** Disposes the variables; the net is not to be used after this. */
  dispose(): void {
    for (const variable of Object.values(this.#parts.all)) variable.dispose();
  }

  #engineFor(batch: number, time: number): 'fused' | 'reference' {
    const missing = obstacleToNtm(this.config);
    if (missing !== undefined || this.engine === 'reference') return chooseEngine(this.engine, missing);
    const sizes = sizesOf(this.config, batch, time, 'given');
    return chooseEngine(
      this.engine,
      undefined,
      obstacleToWork(ntmOp, { ...sizes, finalState: true, inputGradient: true }),
    );
  }

  #stepsAtOnce(batch: number): number {
    const { memorySize, memoryDim, readHeads, writeHeads, controllerSize, layers } = this.config;
    const rows = memoryDim + 8 * (readHeads + writeHeads);
    return stepsAtOnce(batch * (memorySize * rows + 16 * controllerSize * layers));
  }

  #checkSequence(x: Tensor3D): void {
    this.#checkInput(x, ['batch', 'time']);
    if (x.shape[1] === 0) throw new TapeheadError('shape', 'x: expected at least one time step, got 0');
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
