import { type Engine, firstOrder, stepsTaken, TapeheadError, textOf } from '@tapehead/core';
import { chooseEngine } from '@tapehead/core/kernels';
import { cast, reverse, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { AnyStep } from './flat.js';
import { loop, type Ran } from './loop.js';
import { withoutPadding } from './mask.js';
import { flatten, rebuild, type Structure } from './nest.js';
import { checkScanOptions, type ScanOptions } from './options.js';
import { type Call, type Compiled, compile, inputsOf, prepare } from './prepared.js';
import { missingKernels } from './run/compiled.js';
import { checkState, type Size, sizeOf } from './sequences.js';
import { Obstacle } from './trace/obstacle.js';
import type { OverTime, Stepping, Tensors } from './types.js';

/** The outputs of all steps, `[batch, time, …]` each, and the state after the last. */
export interface Scanned<S, O> {
  readonly outputs: OverTime<O>;
  readonly state: Tensors<S>;
}

/**
 * Runs a recurrent step over whole sequences. Where kernels are registered, the step is compiled at its first call and all
 * steps are one kernel call, with its gradient; else it is a loop of tfjs ops. Both give the same numbers.
 *
 * x, the state and the outputs are tensors, or tensors in any nesting of arrays and plain objects. Gradients of tfjs go
 * through it: to x, to the initial state, and to all tensors and variables that the step uses.
 *
 * Define the step once, outside the function that calls `scan`: a compiled step is kept with its function.
 *
 * With a mask or lengths, a sequence keeps its state at a step that is not taken, and the output of that step is 0. What x
 * holds there, NaN too, changes nothing.
 *
 * @param step `step(xₜ, state)` returns `{ output, state }`: the output `[batch, …]`, and a state of the same structure,
 * shapes and dtypes as it was given. An object with such a method will do
 * @param initialState `[batch, …]` each
 * @param x `[batch, time, …]` each; the step gets `[batch, …]`
 * @returns outputs `[batch, time, …]`, and the last state
 * @throws TapeheadError `argument` and `shape` for inputs that do not fit and for a step that returns something else: the
 * message names the path, such as `state.cells[0].h`; `backend` where `engine` is `fused` and the step cannot be compiled
 *
 * @example
 * const { outputs, state } = scan(
 *   (x, { sum }) => ({ output: tf.add(sum, x), state: { sum: tf.add(sum, x) } }),
 *   { sum: tf.zeros([2, 3]) },
 *   tf.ones([2, 10, 3]),
 * );
 */
export function scan<X extends object, S extends object, O extends object>(
  step: Stepping<X, S, O>,
  initialState: S,
  x: X,
  options: ScanOptions = {},
): Scanned<S, O> {
  const engine = checkScanOptions('scan', options);
  const call = callOf('scan', step, initialState, x);
  let structure: Structure = call.x.structure;
  const ran = tidy(() => {
    const masked = maskedBy(call, stepsTaken('scan', options, call.size));
    const runner = runnerOf(masked, engine);
    const turn = options.direction === 'backward' ? reversed : (each: Tensor) => each;
    const { outputs, state } = runner.run(inputsOf(masked).map(turn), call.state.leaves);
    structure = runner.outputs();
    return { outputs: outputs.map(turn), state };
  });
  return {
    outputs: rebuild<OverTime<O>>(structure, ran.outputs),
    state: rebuild<Tensors<S>>(call.state.structure, ran.state),
  };
}

/** `[batch, time, …]` from the last step to the first. tfjs's wasm backend reverses numbers of four bytes only. */
function reversed(x: Tensor): Tensor {
  return x.dtype === 'bool' ? cast(reverse(cast(x, 'int32'), 1), 'bool') : reverse(x, 1);
}

/** How {@link scan} would run, and why not otherwise. */
export interface ScanEngine {
  readonly engine: 'fused' | 'reference';
  /** Why it is not `fused`, where that was not forbidden. */
  readonly reason?: string;
}

/**
 * The engine that {@link scan} takes for the same arguments, without running it: the step is compiled. Whether gradients
 * are wanted makes a difference: call it within the function that you differentiate to learn what happens in training.
 *
 * @returns the engine, and the reason where the step cannot be compiled
 * @throws TapeheadError as {@link scan} does, but not for `fused`: it returns the reason
 */
export function scanEngine<X extends object, S extends object, O extends object>(
  step: Stepping<X, S, O>,
  initialState: S,
  x: X,
  options: ScanOptions = {},
): ScanEngine {
  const engine = checkScanOptions('scanEngine', options);
  if (engine === 'reference') return { engine };
  const call = callOf('scanEngine', step, initialState, x);
  let reason: string | undefined;
  tidy(() => {
    const { missing, obstacle } = wayOf(maskedBy(call, stepsTaken('scanEngine', options, call.size)));
    reason = missing ?? obstacle;
  });
  return reason === undefined ? { engine: 'fused' } : { engine: 'reference', reason };
}

type Unmasked = Omit<Call, 'mask'> & { readonly size: Size };

function callOf(where: string, given: unknown, initialState: unknown, x: unknown): Unmasked {
  const step = stepOf(where, given);
  const inputs = flatten('x', x);
  const size = sizeOf(inputs);
  const state = flatten('initialState', initialState);
  checkState(state, size.batch);
  return { ...step, x: inputs, state, size };
}

function maskedBy(call: Unmasked, mask: Tensor | undefined): Call & Unmasked {
  if (mask === undefined) return { ...call, mask };
  const leaves = call.x.leaves.map((each) => withoutPadding(each, mask));
  return { ...call, x: { ...call.x, leaves }, mask };
}

function stepOf(where: string, given: unknown): Pick<Call, 'key' | 'step'> {
  if (isStep(given)) return { key: given, step: given };
  if (hasStep(given)) return { key: given, step: (x, state) => given.step(x, state) };
  throw new TapeheadError(
    'argument',
    `${where}: expected a function step(x, state), or an object that has one, got ${textOf(given)}`,
  );
}

const isStep = (given: unknown): given is AnyStep => typeof given === 'function';

const hasStep = (given: unknown): given is { readonly step: AnyStep } =>
  typeof given === 'object' && given !== null && 'step' in given && isStep(given.step);

interface Way {
  readonly missing: string | undefined;
  readonly obstacle?: string;
  readonly compiled?: Compiled;
}

/** How a call can be compiled, and why it cannot. */
function wayOf(call: Call & { readonly size: Size }): Way {
  const missing = missingKernels();
  if (missing !== undefined) return { missing };
  const compiled = compile(call);
  if (compiled instanceof Obstacle) return { missing, obstacle: compiled.reason };
  const obstacle = compiled.scan.obstacleTo(call.size);
  return obstacle === undefined ? { missing, compiled } : { missing, obstacle };
}

/** Kernels have no gradients of gradients: neither does the loop, so that both say the same. */
function ofFirstOrder({ outputs, state }: Ran): Ran {
  const guard = (each: Tensor) => (each.dtype === 'float32' ? firstOrder('scan', each) : each);
  return { outputs: outputs.map(guard), state: state.map(guard) };
}

interface Runner {
  readonly run: (x: readonly Tensor[], state: readonly Tensor[]) => Ran;
  readonly outputs: () => Structure;
}

/** What runs a call, on lists of tensors `[batch, time, …]` and `[batch, …]`. */
function runnerOf(call: Call & { readonly size: Size }, engine: Engine): Runner {
  const { missing, obstacle, compiled }: Way = engine === 'reference' ? { missing: undefined } : wayOf(call);
  if (chooseEngine(engine, missing, obstacle) === 'fused' && compiled) {
    return { run: (x, state) => compiled.scan.apply(x, state), outputs: compiled.outputs };
  }
  const { run, outputs } = prepare(call);
  return { run: (x, state) => ofFirstOrder(loop(run, x, state)), outputs };
}
