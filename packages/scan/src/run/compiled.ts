import { obstacleTo, secondOrder } from '@tapehead/core/kernels';
import { cast, engine, getBackend, type NamedTensorMap, type Tensor, zerosLike } from '@tensorflow/tfjs-core';
import type { Graph } from '../graph/graph.js';
import { Obstacle } from '../trace/obstacle.js';
import type { FlatStep, Leaf } from '../trace/record.js';
import type { Traced } from '../trace/trace.js';
import { scanName } from './name.js';
import { type CallSize, numbered, type Planned } from './plans.js';
import { backwardKernel, forwardKernel } from './ports.js';
import { withGradient } from './taped.js';

/** A step compiled for leaves of these shapes and dtypes, at any batch and time. */
export interface CompiledScan {
  /** Differentiable; call it in a tidy. x and outputs are `[batch, time, …]`. */
  apply(
    x: readonly Tensor[],
    state: readonly Tensor[],
  ): { readonly outputs: Tensor[]; readonly state: Tensor[] };
  /** Why the current backend cannot take so much at once, if it cannot. */
  obstacleTo(size: CallSize): string | undefined;
  /** Whether a tensor that the step used when it was compiled is gone: then it uses others now. */
  isStale(): boolean;
}

/** Traces a step and plans it for kernels. It stands beside the kernels, so that who has none need not load it. */
export type Compiler = (
  flat: FlatStep,
  x: readonly Leaf[],
  state: readonly Leaf[],
  history: 'kept' | 'none',
) => { readonly traced: Omit<Traced, 'graph'>; readonly planned: Planned };

const compilers = new Map<string, Compiler>();

/** Tells who plans for the kernels of these backends. */
export function useCompiler(backends: readonly string[], compiler: Compiler): void {
  for (const backend of backends) compilers.set(backend, compiler);
}

/** Why the current backend has no kernels, if it has none. */
export function missingKernels(): string | undefined {
  return obstacleTo(scanName);
}

/**
 * @param key what `flat` belongs to: the same key means the same step
 * @param x without batch and time
 * @throws Obstacle where the step cannot be compiled
 */
export function compiledScan(
  _key: object,
  flat: FlatStep,
  x: readonly Leaf[],
  state: readonly Leaf[],
  history: 'kept' | 'none',
): CompiledScan {
  const compile = compilers.get(getBackend());
  if (compile === undefined) throw new Obstacle(missingKernels() ?? 'no compiler');
  const { traced, planned } = compile(flat, x, state, history);
  const { graph } = planned;
  const plan = numbered(planned);
  const run = { ...traced, graph, planned, plan, stateTypes: state.map(({ dtype }) => dtype) };
  return {
    apply: (xs, states) => (history === 'kept' ? taped(run, xs, states) : plain(run, xs, states)),
    obstacleTo: (size) => planned.obstacleTo?.(size),
    isStale: () => traced.captured.some(({ isDisposed }) => isDisposed),
  };
}

interface Run {
  readonly graph: Graph;
  readonly planned: Planned;
  readonly plan: number;
  readonly captured: readonly Tensor[];
  readonly outputTypes: readonly Leaf['dtype'][];
  readonly stateTypes: readonly Leaf['dtype'][];
}
type Results = ReturnType<CompiledScan['apply']>;

/** Kernels take float32. */
const floats = (tensors: readonly Tensor[]): Tensor[] =>
  tensors.map((tensor) => (tensor.dtype === 'float32' ? tensor : cast(tensor, 'float32')));

function inputsOf({ captured }: Run, x: readonly Tensor[], state: readonly Tensor[]): NamedTensorMap {
  return mapOf([...floats(x), ...floats(state), ...floats(captured)]);
}

function mapOf(tensors: readonly Tensor[]): NamedTensorMap {
  return Object.fromEntries(tensors.entries());
}

function sizesOf([first]: readonly Tensor[]): { batch: number; time: number } {
  const [batch = 0, time = 0] = first?.shape ?? [];
  return { batch, time };
}

function runKernel(
  name: string,
  inputs: NamedTensorMap,
  attributes: Record<string, number | boolean>,
): Tensor[] {
  const outputs: Tensor | Tensor[] = engine().runKernel(name, inputs, attributes);
  return Array.isArray(outputs) ? outputs : [outputs];
}

function plain(run: Run, x: readonly Tensor[], state: readonly Tensor[]): Results {
  const attributes = { plan: run.plan, ...sizesOf(x), keep: false, toX: false };
  return resultsOf(run, runKernel(forwardKernel.name, inputsOf(run, x, state), attributes));
}

function resultsOf({ graph, outputTypes, stateTypes }: Run, all: readonly Tensor[]): Results {
  const count = graph.outputs.length;
  const typed = (tensors: readonly Tensor[], types: readonly Leaf['dtype'][]): Tensor[] =>
    tensors.map((tensor, i) => (types[i] === 'float32' ? tensor : cast(tensor, types[i] ?? 'float32')));
  return {
    outputs: typed(all.slice(0, count), outputTypes),
    state: typed(all.slice(count, count + graph.state.length), stateTypes),
  };
}

/** Forward in one kernel call, back in another. */
function taped(run: Run, x: readonly Tensor[], state: readonly Tensor[]): Results {
  const { graph, plan } = run;
  const sizes = sizesOf(x);
  const inputs = inputsOf(run, x, state);
  const results = graph.outputs.length + graph.state.length;
  const all = withGradient(
    inputs,
    () => {
      const made = runKernel(forwardKernel.name, inputs, { plan, ...sizes, keep: true, toX: false });
      return { outputs: made.slice(0, results), kept: made.slice(results) };
    },
    (slopes, kept) => {
      if (engine().isTapeOn()) throw secondOrder('scan');
      return gradients(run, sizes, Object.values(inputs), slopes, kept);
    },
  );
  return resultsOf(run, all);
}

/**
 * The gradients by the number of their input. Those of x are asked for first, if at all: only then are they computed. All
 * are made at once, in the scope of the whole way back, since tfjs asks for each in a scope of its own.
 */
function gradients(
  { graph, plan }: Run,
  sizes: { readonly batch: number; readonly time: number },
  inputs: readonly Tensor[],
  slopes: readonly Tensor[],
  kept: readonly Tensor[],
): Record<number, () => Tensor> {
  const { state } = engine();
  const scope = state.activeScope;
  const all = [...graph.slopes.x, ...graph.slopes.state, ...graph.slopes.captured];
  const xCount = graph.slopes.x.length;
  let made: readonly Tensor[] | undefined;
  let first = 0;
  const make = (toX: boolean): readonly Tensor[] => {
    const inner = state.activeScope;
    state.activeScope = scope;
    try {
      return runKernel(backwardKernel.name, mapOf([...kept, ...slopes]), { plan, ...sizes, keep: true, toX });
    } finally {
      state.activeScope = inner;
    }
  };
  const gradientOf = (input: number, like: Tensor): Tensor => {
    if (all[input] === undefined) return zerosLike(like);
    if (made === undefined) {
      first = input < xCount ? 0 : xCount;
      made = make(first === 0);
    }
    const gradient = made[all.slice(first, input).filter((each) => each !== undefined).length];
    if (gradient === undefined) throw new Error(`no gradient of input ${input}`);
    return gradient;
  };
  return Object.fromEntries(inputs.map((like, i) => [i, () => gradientOf(i, like)]));
}
