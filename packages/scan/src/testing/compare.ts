import {
  add,
  cast,
  engine,
  mul,
  randomUniform,
  stack,
  sum,
  type Tensor,
  tensor,
  tidy,
  unstack,
} from '@tensorflow/tfjs-core';
import type { Graph } from '../graph/graph.js';
import { type Given, type Results, runGraph } from '../graph/oracle.js';
import type { FlatStep, Leaf } from '../trace/record.js';
import { type Traced, traceStep } from '../trace/trace.js';

/** A step, and the sizes to run it with. */
export interface Trial {
  readonly step: FlatStep;
  readonly x: readonly Leaf[];
  readonly state: readonly Leaf[];
  readonly batch?: number;
  readonly time?: number;
  readonly seed?: number;
  /** Between which numbers the state starts; -1 and 1 by default. */
  readonly start?: readonly [least: number, most: number];
}

/** Runs a graph over sequences. */
export type Executor = (graph: Graph, given: Given, size: { batch: number; time: number }) => Results;

/** What the graph of a step is given, and what the step gives in a loop of tfjs. */
export interface Reference {
  readonly traced: Traced;
  readonly given: Given;
  readonly size: { readonly batch: number; readonly time: number };
  readonly expected: Results;
}

/** Differences from the plain loop, each relative to the largest number of its tensor. */
export interface Differences {
  readonly values: number;
  readonly gradients: number;
}

/** Whole numbers from 0 to 2, and others from -1 to 1. */
function draw(shape: number[], dtype: Leaf['dtype'], seed: number, [least, most] = [-1, 1]): Tensor {
  return dtype === 'float32'
    ? randomUniform(shape, least, most, dtype, seed)
    : tidy(() => cast(randomUniform(shape, 0, dtype === 'bool' ? 2 : 3, 'int32', seed), dtype));
}

const numbersOf = (tensors: readonly Tensor[]) => tensors.map((each) => Float64Array.from(each.dataSync()));

/** Traces the step, and runs it in a loop of tfjs, on random numbers. */
export function runLoop(trial: Trial): Reference {
  const { step, batch = 2, time = 3, seed = 1 } = trial;
  const traced = traceStep(step, trial.x, trial.state, 'kept');
  const scope = engine();
  scope.startScope();
  try {
    let next = seed * 1000;
    const x = trial.x.map(({ shape, dtype }) => draw([batch, time, ...shape], dtype, next++));
    const state = trial.state.map(({ shape, dtype }) =>
      draw([batch, ...shape], dtype, next++, trial.start ? [...trial.start] : undefined),
    );
    const slopesLike = (tensors: readonly Tensor[]) =>
      tensors.map(({ shape }) => draw(shape, 'float32', next++));
    const first = loop(step, x, state);
    const [outputSlopes, stateSlopes] = [slopesLike(first.outputs), slopesLike(first.state)];
    const loss = () => {
      const { outputs, state: last } = loop(step, x, state);
      const all = [...outputs, ...last];
      const slopes = [...outputSlopes, ...stateSlopes];
      return all.reduce<Tensor>(
        (total, each, i) => (each.dtype === 'float32' ? add(total, sum(mul(each, slopes[i] ?? 0))) : total),
        tensor(0),
      );
    };
    const floats = [...x, ...state, ...traced.captured].filter(({ dtype }) => dtype === 'float32');
    const grads =
      traced.gradientObstacle === undefined
        ? engine().gradients<Tensor>(loss, floats, undefined, true).grads
        : [];
    const slopesOf = (tensors: readonly Tensor[]) =>
      tensors.map((each) => {
        const slope: Tensor | null | undefined = grads[floats.indexOf(each)];
        return slope ? Float64Array.from(slope.dataSync()) : undefined;
      });
    return {
      traced,
      given: {
        x: numbersOf(x),
        state: numbersOf(state),
        captured: numbersOf(traced.captured),
        outputSlopes: numbersOf(outputSlopes),
        stateSlopes: numbersOf(stateSlopes),
      },
      size: { batch, time },
      expected: {
        outputs: numbersOf(first.outputs),
        state: numbersOf(first.state),
        slopes: { x: slopesOf(x), state: slopesOf(state), captured: slopesOf(traced.captured) },
      },
    };
  } finally {
    scope.endScope();
  }
}

/** How far results are from those expected. */
export function differencesOf(found: Results, expected: Results): Differences {
  const most = (of: (results: Results) => readonly (Float64Array | undefined)[]) =>
    Math.max(0, ...of(expected).map((each, i) => differ(of(found)[i], each)));
  return {
    values: most(({ outputs, state }) => [...outputs, ...state]),
    gradients: most(({ slopes: { x, state, captured } }) => [...x, ...state, ...captured]),
  };
}

/** Traces the step, runs its graph by `execute`, and the step itself in a loop of tfjs. */
export function compareWithLoop(
  trial: Trial,
  execute: Executor = runGraph,
): Differences & { readonly traced: Traced } {
  const { traced, given, size, expected } = runLoop(trial);
  return { traced, ...differencesOf(execute(traced.graph, given, size), expected) };
}

function loop(step: FlatStep, x: readonly Tensor[], initial: readonly Tensor[]) {
  const time = x[0]?.shape[1] ?? 0;
  const steps = x.map((each) => unstack(each, 1));
  const outputs: (readonly Tensor[])[] = [];
  let state: readonly Tensor[] = initial;
  for (let t = 0; t < time; t++) {
    const result = step(
      steps.flatMap((each) => each[t] ?? []),
      [...state],
    );
    outputs.push(result.outputs);
    state = result.state;
  }
  const leaves = outputs[0] ?? [];
  return {
    outputs: leaves.map((_, leaf) =>
      stack(
        outputs.flatMap((each) => each[leaf] ?? []),
        1,
      ),
    ),
    state,
  };
}

/** Relative to the largest number, or to 10⁻⁶ where all are smaller; what is missing counts as zeros. */
function differ(actual: Float64Array | undefined, expected: Float64Array | undefined): number {
  const count = actual?.length ?? expected?.length ?? 0;
  if ((expected?.length ?? count) !== count) return Number.POSITIVE_INFINITY;
  let [most, largest] = [0, 0];
  for (let i = 0; i < count; i++) {
    const [a, b] = [actual?.[i] ?? 0, expected?.[i] ?? 0];
    const difference = Object.is(a, b) ? 0 : Math.abs(a - b);
    most = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(most, difference);
    if (Number.isFinite(b)) largest = Math.max(largest, Math.abs(b));
  }
  return most / Math.max(largest, 1e-6);
}
