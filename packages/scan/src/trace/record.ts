import { TapeheadError } from '@tapehead/core';
import { customGrad, engine, scalar, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { Operand, ValueId } from '../graph/graph.js';
import { TraceBackend } from './backend.js';
import { Obstacle, opName } from './obstacle.js';
import { Recorder, type TracedNode, type TracedValue } from './recorder.js';
import { within } from './within.js';

/**
 * A step, with its tensors in lists: x and the state, `[batch, …]`. It must give tensors, and a state like the one that it
 * takes.
 */
export type FlatStep = (
  x: Tensor[],
  state: Tensor[],
) => { readonly outputs: readonly Tensor[]; readonly state: readonly Tensor[] };

/** A tensor that a step takes. */
export interface Leaf {
  /** Without batch and time. */
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32' | 'bool';
}

export interface Task {
  readonly step: FlatStep;
  readonly x: readonly Leaf[];
  readonly state: readonly Leaf[];
  readonly gradients: boolean;
}

type Slopes = readonly (Operand | undefined)[];

/** A step as it was with a whole batch. */
export interface Recording {
  readonly batch: number;
  readonly values: readonly TracedValue[];
  /** How many of `values`, and of `nodes`, are of the step itself. The others are of its gradient. */
  readonly forward: { readonly values: number; readonly nodes: number };
  readonly nodes: readonly TracedNode[];
  readonly outputs: readonly Operand[];
  readonly outputTypes: readonly Leaf['dtype'][];
  readonly state: readonly Operand[];
  /** By leaf of x, of the state, and of the captured tensors. */
  readonly slopes: { readonly x: Slopes; readonly state: Slopes; readonly captured: Slopes };
  readonly captured: readonly Tensor[];
  /** Why there are no gradients. */
  readonly gradientObstacle: Obstacle | undefined;
  /** The line of the step that made the watched value. */
  readonly line: string;
}

/**
 * Traces a step, and its gradient if asked for, with `batch` sequences.
 *
 * @param watched the value whose caller is wanted
 * @throws Obstacle if it cannot be compiled
 * @throws TapeheadError `argument` for what no engine can run
 */
export function record(task: Task, batch: number, watched?: ValueId): Recording {
  const recorder = new Recorder(watched);
  // tfjs looks at the list after the step has run, which finds the captured tensors.
  const variables: Tensor[] = [];
  const backend = new TraceBackend(recorder, (tensor) => {
    if (tensor.dtype === 'float32') variables.push(tensor);
  });
  const { state } = engine();
  const { numTensors } = state;
  const inStep: Guard = { on: false, given: new Set() };
  let recording: Recording | undefined;
  const mayDispose = (tensor: Tensor) => !inStep.on || (backend.owns(tensor) && !inStep.given.has(tensor));
  within(backend, mayDispose, () =>
    // The recording is not returned: tfjs would search it for tensors.
    tidy(() => {
      recording = recordWith({ task, batch, recorder, backend, variables, inStep });
    }),
  );
  if (!recording) throw new Error('step: not traced');
  const leaked = state.numTensors - numTensors;
  if (leaked > 0) {
    throw new TapeheadError(
      'argument',
      `step: keeps ${leaked} new tensor${leaked > 1 ? 's' : ''} at each call (tf.keep, tf.variable); ` +
        'make them before, or return them as part of the state',
    );
  }
  return recording;
}

interface Session {
  readonly task: Task;
  readonly batch: number;
  readonly recorder: Recorder;
  readonly backend: TraceBackend;
  /** What gradients are wanted of. */
  readonly variables: Tensor[];
  readonly inStep: Guard;
}

function typeOf({ dtype }: Tensor): Leaf['dtype'] {
  return dtype === 'int32' || dtype === 'bool' ? dtype : 'float32';
}

/** While the step runs, what it must not dispose. */
interface Guard {
  on: boolean;
  given: Set<Tensor>;
}

function recordWith({ task, batch, recorder, backend, variables, inStep }: Session): Recording {
  const leaves = (kind: 'x' | 'state', all: readonly Leaf[]) =>
    all.map(({ shape, dtype }, leaf) => backend.source({ kind, leaf }, [batch, ...shape], dtype));
  const x = leaves('x', task.x);
  const state = leaves('state', task.state);
  variables.push(...[...x, ...state].filter(isFloat));
  // tfjs wants at least one; nothing depends on this one.
  if (variables.length === 0) variables.push(scalar(0));

  let results: Pick<Recording, 'outputs' | 'outputTypes' | 'state' | 'forward'> | undefined;
  const run = (): Tensor => {
    inStep.given = new Set([...x, ...state]);
    inStep.on = true;
    const returned = task.step([...x], [...state]);
    inStep.on = false;
    if (backend.problem) throw backend.problem;
    const { outputs, state: next } = returned;
    const operands = (tensors: readonly Tensor[]) => tensors.map((tensor) => backend.operand(tensor));
    const [read, readNext] = [operands(outputs), operands(next)];
    const forward = { values: recorder.values.length, nodes: recorder.nodes.length };
    results = { outputs: read, outputTypes: outputs.map(typeOf), state: readNext, forward };
    return task.gradients ? lossOf(backend, outputs, next) : scalar(0);
  };
  let grads: readonly (Tensor | null | undefined)[] = [];
  let gradientObstacle: Obstacle | undefined;
  try {
    grads = engine().gradients(run, variables, undefined, true).grads;
  } catch (error) {
    inStep.on = false;
    const problem = error === backend.problem || !backend.problem ? error : backend.problem;
    if (!results) throw problem === backend.problem ? problem : thrown(problem, batch);
    gradientObstacle = inGradient(problem, recorder);
  }
  if (!results) throw new Error('step: not traced');
  const slopes = new Map<Tensor, Operand>();
  grads.forEach((gradient, i) => {
    const variable = variables[i];
    if (variable && gradient) slopes.set(variable, backend.operand(gradient));
  });
  const slopesOf = (tensors: readonly Tensor[]) => tensors.map((tensor) => slopes.get(tensor));
  return {
    ...results,
    batch,
    values: recorder.values,
    nodes: recorder.nodes,
    slopes: { x: slopesOf(x), state: slopesOf(state), captured: slopesOf(backend.captured) },
    captured: backend.captured,
    gradientObstacle,
    line: recorder.line,
  };
}

const isFloat = ({ dtype }: Tensor) => dtype === 'float32';

/** A number whose gradient with respect to each output is its slope. */
function lossOf(backend: TraceBackend, outputs: readonly Tensor[], next: readonly Tensor[]): Tensor {
  const slopeOf = (kind: 'outputSlope' | 'stateSlope') => (tensor: Tensor, leaf: number) => ({
    tensor,
    slope: () => backend.source({ kind, leaf }, tensor.shape, 'float32'),
  });
  const all = [...outputs.map(slopeOf('outputSlope')), ...next.map(slopeOf('stateSlope'))].filter(
    ({ tensor }) => isFloat(tensor),
  );
  if (all.length === 0) return scalar(0);
  const loss = customGrad(() => ({ value: scalar(0), gradFunc: () => all.map(({ slope }) => slope()) }));
  return loss(...all.map(({ tensor }) => tensor));
}

/** The error of a step, as the reason why it is not compiled: the plain loop throws it as it is. */
function thrown(error: unknown, batch: number): Obstacle {
  const text = error instanceof Error ? error.message : String(error);
  return new Obstacle(`step: throws when it is traced with a batch of ${batch}: ${text}`, undefined, {
    cause: error,
  });
}

function inGradient(error: unknown, { values }: Recorder): Obstacle {
  if (error instanceof Obstacle) return error;
  const text = error instanceof Error ? error.message : String(error);
  const kernel = /gradient function not found for (\w+)/.exec(text)?.[1];
  if (!kernel) return new Obstacle(`step: its gradient cannot be traced: ${text}`);
  const at = values.findIndex((value) => value.kernel === kernel);
  return new Obstacle(`step: tfjs has no gradient of ${opName(kernel)}`, at < 0 ? undefined : at);
}
