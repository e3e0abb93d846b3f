import { type MakeVariable, plainVariable } from '@tapehead/controller';
import {
  checkFunction,
  checkInteger,
  checkOptions,
  type Engine,
  type Floats,
  firstOrder,
} from '@tapehead/core';
import { chooseEngine, obstacleTo, remembered } from '@tapehead/core/kernels';
import {
  engine,
  type Rank,
  type Tensor2D,
  type Tensor3D,
  tidy,
  type Variable,
  zeros,
} from '@tensorflow/tfjs-core';
import { activate } from './activate.js';
import { carriedGradients, mapNtmState } from './carried.js';
import { inChunks, type Sequences } from './chunks.js';
import { engineForWork } from './engine.js';
import { firstOrderState } from './firstOrder.js';
import { ntmOp, settingsFor } from './fused/op.js';
import { callOf, fusedSequence } from './fused/sequence.js';
import { sizesOf } from './fused/sizes.js';
import { fusedTrace } from './fused/trace.js';
import { checkBoolean, sequenceInput, stepInput } from './given.js';
import { type NtmStateLike, stateOf } from './givenState.js';
import { type CostGradients, fusedGradients, type SequenceCost, tapedGradients } from './gradients.js';
import { checkIntervention, type Intervention } from './intervention.js';
import { type LengthOptions, lengthNames, sequencesOf, takenCost, taking } from './lengths.js';
import { configOf, type NtmConfig, type NtmOptions } from './options.js';
import { factoryOf, makeParts, type Parts } from './parameters.js';
import { referenceSequence, startOf } from './reference.js';
import { checkStateRoom, checkWorkRoom, stepsAtOnce } from './room.js';
import {
  engineOfScan,
  obstacleToScan,
  runsByScan,
  type ScannedNet,
  scannedNet,
  scannedSequence,
  scannedTrace,
} from './scanned.js';
import { type NtmState, ntmStep } from './step.js';
import { type NtmTrace, traceOf, traceTaken } from './trace.js';
import { checkInUse, disposeAll, trainableAmong } from './variables.js';

/** How {@link NTM.sequence} runs. With a mask, or lengths that differ, it is compiled by `scan`. */
export interface SequenceOptions extends LengthOptions {
  /** Where to start; `initialState(batch)` by default. */
  readonly state?: NtmStateLike | undefined;
  /**
   * Whether to return what happened at each step. Default `false`: it holds the memory of every step. It is 0 at steps that
   * are not taken.
   */
  readonly trace?: boolean | undefined;
  /** What changes what the heads say at every step; the sequence then runs step by step. */
  readonly intervene?: Intervention | undefined;
}

/** Where {@link NTM.differentiate} starts. */
export interface StartOptions {
  /** That after a sequence before it, or `initialState(batch)`. */
  readonly state: NtmStateLike;
}

/** A whole sequence. */
export type NtmSequence = {
  /** `[batch, time, outputSize]` */
  output: Tensor3D;
  /** The output before its activation: what a cost with a sigmoid or softmax of its own should take. */
  logits: Tensor3D;
  /** After the last step of each sequence. */
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
  readonly #scanned: ScannedNet;
  /** The most that one kernel call of this batch and time is asked for. */
  readonly #workOf = remembered(['batch', 'time'], ({ batch, time }: { batch: number; time: number }) => ({
    ...sizesOf(this.config, batch, time, 'given'),
    ...settingsFor('final state'),
  }));

  private constructor(config: NtmConfig, engine: Engine, parts: Parts) {
    this.config = config;
    this.engine = engine;
    this.#parts = parts;
    this.#scanned = scannedNet(parts, config);
  }

  /**
   * Builds a net with fresh weights.
   *
   * @param options sizes, heads, controller and the rest; only `inputSize` is required
   * @param variable makes the variables; plain tfjs variables by default
   * @throws TapeheadError `range` or `argument`, naming the option; `range` where the backend has no memory for the variables
   */
  static build(options: NtmOptions, variable: MakeVariable = plainVariable): NTM {
    const config = configOf(options);
    const factory = typeof options.controller === 'function' ? options.controller : factoryOf(config);
    const { engine = 'auto' } = options;
    return new NTM(config, engine, makeParts(config, factory, variable, engine));
  }

  /**
   * The engine of whole sequences on the current tfjs backend. With a controller of your own, or with an option that the
   * kernels do not have, the step is compiled to tell: read it in the function that you differentiate to learn about
   * training. Where it is `fused`, sequences with lengths or a mask are compiled by `scan` from the reference step;
   * `differentiate` has kernels written by hand for them too.
   * @throws TapeheadError `backend` where `engine` is `fused` and there is none, saying why
   */
  get runsOn(): 'fused' | 'reference' {
    if (!runsByScan(this.config)) return chooseEngine(this.engine, obstacleTo(ntmOp));
    return engineOfScan(this.engine, this.#obstacle());
  }

  /** Why whole sequences run on the reference, where `engine` allows kernels. */
  get whyReference(): string | undefined {
    if (this.engine === 'reference') return undefined;
    return runsByScan(this.config) ? this.#obstacle() : obstacleTo(ntmOp);
  }

  /** Why the step of a net that runs by `scan` cannot be compiled. */
  #obstacle(): string | undefined {
    if (this.engine === 'reference') return undefined;
    checkInUse(this.#parts.all);
    let obstacle: string | undefined;
    tidy(() => {
      const x = zeros<Rank.R3>([1, 1, this.config.inputSize]);
      obstacle = obstacleToScan(
        this.#scanned.plain,
        { x, mask: undefined },
        startOf(this.#parts, this.config, 1),
      );
    });
    return obstacle;
  }

  /** All variables by name, in a fixed order; those of the controller as `controller.…`. */
  get parameters(): Readonly<Record<string, Variable>> {
    return this.#parts.all;
  }

  /**
   * The variables that training changes: those whose `trainable` is true. Of an initial memory that is not learned it is
   * false; of others you may set it to false.
   */
  get trainable(): Readonly<Record<string, Variable>> {
    return trainableAmong(this.#parts.all);
  }

  /**
   * State before the first step, from learned values: the controller's, the memory, where the heads look (softmax of
   * logits), and what they have read. Gradients flow back to the variables.
   *
   * @param batch number of sequences
   * @throws TapeheadError `range`, also where the backend has no memory for it
   */
  initialState(batch: number): NtmState {
    checkInUse(this.#parts.all);
    checkInteger('batch', batch);
    checkStateRoom(this.config, this.#parts, batch);
    return tidy(() => startOf(this.#parts, this.config, batch));
  }

  /**
   * One time step.
   *
   * @param x `[batch, inputSize]`
   * @param state of the step before, or `initialState(batch)`; it is left as it is, and is the caller's to dispose
   * @param intervene changes what the heads say, before they act on it
   * @returns output `[batch, outputSize]` and the next state
   * @throws TapeheadError `shape` where the shapes do not fit, `argument` for what is no numbers, `range` where the backend
   *   has no memory for it
   */
  step(x: Floats, state: NtmStateLike, intervene?: Intervention): { output: Tensor2D; state: NtmState } {
    checkInUse(this.#parts.all);
    checkIntervention(intervene);
    return tidy(() => {
      const input = stepInput(x, this.config.inputSize);
      const [batch] = input.shape;
      checkWorkRoom('step', this.config, { batch, time: 1, by: engine().isTapeOn() ? 'tape' : 'chunk' });
      const start = stateOf(state, this.config, this.#parts.controller, batch);
      const { logits, state: next } = ntmStep(this.#parts, this.config, input, start, intervene);
      const output = activate(firstOrder('net', logits), this.config.outputActivation);
      return { output, state: firstOrderState(next) };
    });
  }

  /**
   * A whole sequence, step after step. Without a trace, and where no tape of tfjs records it, the memory that it needs does
   * not grow with time.
   *
   * @param x `[batch, time, inputSize]`
   * @param options where to start, which steps count, and whether to keep a trace
   * @returns output and logits `[batch, time, outputSize]`, 0 at padding; the state of each sequence after its last step;
   *   and, if asked for, the trace
   * @throws TapeheadError `shape` where the shapes do not fit, `argument` for what is no numbers and for an unknown option,
   *   `range` for lengths that make no sense, and where the backend has no memory for it
   *
   * @example
   * const { output, state } = net.sequence(x, { lengths: [5, 3] });
   */
  sequence(x: Floats, options: SequenceOptions & { readonly trace: true }): NtmSequence & { trace: NtmTrace };
  sequence(x: Floats, options?: SequenceOptions): NtmSequence;
  sequence(x: Floats, options: SequenceOptions = {}): NtmSequence {
    checkInUse(this.#parts.all);
    checkOptions('sequence', options, ['state', 'trace', 'intervene', ...lengthNames]);
    const { state, trace = false, intervene } = options;
    checkBoolean('trace', trace);
    checkIntervention(intervene);
    return tidy(() => {
      const input = sequenceInput(x, this.config.inputSize);
      const start =
        state === undefined ? undefined : stateOf(state, this.config, this.#parts.controller, input.shape[0]);
      const sequences = sequencesOf('sequence', input, options);
      const { logits, ...rest } = this.#run('sequence', sequences, start, trace, intervene);
      const output = activate(logits, this.config.outputActivation);
      const { mask } = sequences;
      return { output: mask ? taking(mask, output) : output, logits, ...rest };
    });
  }

  #run(
    where: string,
    sequences: Sequences,
    start: NtmState | undefined,
    trace = false,
    intervene?: Intervention,
  ): Omit<NtmSequence, 'output'> {
    const [batch, time] = sequences.x.shape;
    const whole = trace || engine().isTapeOn();
    const steps = (on: 'fused' | 'reference') =>
      whole ? time : Math.min(time, stepsAtOnce(this.config, batch, on));
    if (intervene === undefined && this.#engineFor(sequences, steps('fused'), start) === 'fused') {
      checkWorkRoom(where, this.config, { batch, time, by: 'kernel' });
      return this.#runsByScan(sequences)
        ? this.#scannedSequence(sequences, steps('fused'), trace, start)
        : this.#fusedSequence(sequences, steps('fused'), trace, start);
    }
    const by = engine().isTapeOn() ? 'tape' : trace ? 'trace' : 'chunk';
    checkWorkRoom(where, this.config, { batch, time, by });
    return this.#referenceSequence(sequences, steps('reference'), trace, start, intervene);
  }

  /** The kernels written by hand have the state after the last step of all sequences alone. */
  #runsByScan({ mask }: Sequences): boolean {
    return runsByScan(this.config) || mask !== undefined;
  }

  #referenceSequence(
    sequences: Sequences,
    steps: number,
    trace: boolean,
    state: NtmState = startOf(this.#parts, this.config, sequences.x.shape[0]),
    intervene?: Intervention,
  ): Omit<NtmSequence, 'output'> {
    if (trace) {
      const { steps: all, ...last } = referenceSequence(
        this.#parts,
        this.config,
        sequences,
        state,
        intervene,
      );
      return {
        logits: firstOrder('net', last.logits),
        state: firstOrderState(last.state),
        trace: traceTaken(traceOf(all), sequences.mask),
      };
    }
    const last = inChunks(sequences, steps, state, (part, start = state) => {
      const { logits, state: next } = referenceSequence(this.#parts, this.config, part, start, intervene);
      return { logits, state: next };
    });
    return { logits: firstOrder('net', last.logits), state: firstOrderState(last.state) };
  }

  #fusedSequence(
    sequences: Sequences,
    steps: number,
    trace: boolean,
    state?: NtmState,
  ): Omit<NtmSequence, 'output'> {
    const callOn = ({ x }: Sequences, start: NtmState | undefined) =>
      callOf(this.#parts, this.config, x, 'final state', start);
    const result = inChunks(sequences, steps, state, (part, start) => fusedSequence(callOn(part, start)));
    return trace ? { ...result, trace: fusedTrace(callOn(sequences, state)) } : result;
  }

  #scannedSequence(
    sequences: Sequences,
    steps: number,
    trace: boolean,
    state: NtmState = startOf(this.#parts, this.config, sequences.x.shape[0]),
  ): Omit<NtmSequence, 'output'> {
    if (trace) return scannedTrace(this.#scanned, sequences, state);
    return inChunks(sequences, steps, state, (part, start = state) =>
      scannedSequence(this.#scanned.plain, part, start),
    );
  }

  /**
   * A cost of the logits, and its gradients, for training: on the fused engine without a tape, which costs more than
   * the kernels where batches are small.
   *
   * @param x `[batch, time, inputSize]`; each sequence starts from the learned start, unless `options` say otherwise
   * @param cost a differentiable scalar of the logits `[batch, time, outputSize]`, 0 at padding; with `andSlope` no tape is
   *   needed for it
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
    options: StartOptions & LengthOptions,
  ): CostGradients & { state: NtmState };
  differentiate(x: Floats, cost: SequenceCost, options?: LengthOptions): CostGradients;
  differentiate(
    x: Floats,
    cost: SequenceCost,
    options: Partial<StartOptions> & LengthOptions = {},
  ): CostGradients & { state?: NtmState } {
    checkInUse(this.#parts.all);
    checkFunction('cost', cost);
    checkOptions('differentiate', options, ['state', ...lengthNames]);
    const trainable = Object.values(this.trainable);
    return tidy(() => {
      const input = sequenceInput(x, this.config.inputSize);
      const sequences = sequencesOf('differentiate', input, options);
      const taken = takenCost(cost, sequences.mask);
      if (options.state !== undefined) {
        const start = stateOf(options.state, this.config, this.#parts.controller, input.shape[0]);
        const run = () => this.#run('differentiate', sequences, start);
        return carriedGradients(run, mapNtmState, taken, trainable);
      }
      // Steps after the last that counts change no logits before them. Those that a mask leaves out in the middle would.
      const byHand = !runsByScan(this.config) && options.mask === undefined;
      const whole = { x: sequences.x, mask: undefined };
      if (byHand && this.#engineFor(whole, input.shape[1]) === 'fused')
        return fusedGradients(callOf(this.#parts, this.config, whole.x, 'logits'), taken, trainable);
      const logits = () => this.#run('differentiate', sequences, undefined).logits;
      return tapedGradients(logits, taken, trainable);
    });
  }

  /** Disposes the variables; the net is not to be used after this. */
  dispose(): void {
    disposeAll(this.#parts.all);
  }

  #engineFor(sequences: Sequences, time: number, start?: NtmState): 'fused' | 'reference' {
    const { engine: asked } = this;
    const [batch] = sequences.x.shape;
    if (this.#runsByScan(sequences)) {
      if (asked === 'reference') return asked;
      const from = start ?? startOf(this.#parts, this.config, batch);
      return engineOfScan(asked, obstacleToScan(this.#scanned.plain, sequences, from));
    }
    return engineForWork(asked, ntmOp, obstacleTo(ntmOp), this.#workOf({ batch, time }));
  }
}
