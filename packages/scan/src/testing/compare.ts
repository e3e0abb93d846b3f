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
}

/** Runs a graph over sequences. */
export type Executor = (graph: Graph, given: Given, size: { batch: number; time: number }) => Results;

/** Differences from the plain loop, each relative to the largest number of its tensor. */
export interface Differences {
  readonly values: number;
  readonly gradients: number;
  readonly traced: Traced;
}

/** Whole numbers from 0 to 2, and others from -1 to 1. */
function draw(shape: number[], dtype: Leaf['dtype'], seed: number): Tensor {
  return dtype === 'float32'
    ? randomUniform(shape, -1, 1, dtype, seed)
    : tidy(() => cast(randomUniform(shape, 0, dtype === 'bool' ? 2 : 3, 'int32', seed), dtype));
}

const numbersOf = (tensors: readonly Tensor[]) => tensors.map((each) => Float64Array.from(each.dataSync()));

/**
 * Traces the step, runs its graph by `execute`, and the step itself in a loop of tfjs.
 *
 * @param what whether gradients too are compared
 */
export function compareWithLoop(
  trial: Trial,
  execute: Executor = runGraph,
  what: 'values' | 'gradients' = 'gradients',
): Differences {
  const { step, batch = 2, time = 3, seed = 1 } = trial;
  const traced = traceStep(step, trial.x, trial.state, 'kept');
  const differences = { values: 0, gradients: 0, traced };
  tidy(() => {
    let next = seed * 1000;
    const x = trial.x.map(({ shape, dtype }) => draw([batch, time, ...shape], dtype, next++));
    const state = trial.state.map(({ shape, dtype }) => draw([batch, ...shape], dtype, next++));
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
    const variables = [...x, ...state, ...traced.captured];
    const floats = variables.filter(({ dtype }) => dtype === 'float32');
    const { grads } =
      what === 'gradients' ? engine().gradients<Tensor>(loss, floats, undefined, true) : { grads: [] };
    const results = execute(
      traced.graph,
      {
        x: numbersOf(x),
        state: numbersOf(state),
        captured: numbersOf(traced.captured),
        outputSlopes: numbersOf(outputSlopes),
        stateSlopes: numbersOf(stateSlopes),
      },
      { batch, time },
    );
    const { x: ofX, state: ofState, captured } = results.slopes;
    const gradients = [...ofX, ...ofState, ...captured].map((slope, i) => {
      const variable = variables[i];
      const place = variable ? floats.indexOf(variable) : -1;
      if (place < 0 || what === 'values') return 0;
      const expected: Tensor | null | undefined = grads[place];
      return differ(slope, expected ? Float64Array.from(expected.dataSync()) : undefined);
    });
    const values = [...numbersOf(first.outputs), ...numbersOf(first.state)].map((expected, i) =>
      differ([...results.outputs, ...results.state][i], expected),
    );
    differences.values = Math.max(...values, 0);
    differences.gradients = Math.max(...gradients, 0);
  });
  return differences;
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

/** Relative to the largest number; what is missing counts as zeros. */
function differ(actual: Float64Array | undefined, expected: Float64Array | undefined): number {
  const count = actual?.length ?? expected?.length ?? 0;
  if ((expected?.length ?? count) !== count) return Number.POSITIVE_INFINITY;
  let [most, largest] = [0, 0];
  for (let i = 0; i < count; i++) {
    const [a, b] = [actual?.[i] ?? 0, expected?.[i] ?? 0];
    const difference = Object.is(a, b) ? 0 : Math.abs(a - b);
    most = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(most, difference);
    largest = Math.max(largest, Math.abs(b));
  }
  return most / (largest || 1);
}
