import type { Tensor } from '@tensorflow/tfjs-core';
import type { Graph } from '../graph/graph.js';
import { type Merged, merge } from './merge.js';
import { Obstacle } from './obstacle.js';
import { type FlatStep, type Leaf, type Recording, record, type Task } from './record.js';

export type { FlatStep, Leaf } from './record.js';

export interface Traced {
  readonly graph: Graph;
  /** The tensors from outside that the step uses, by leaf of `graph.captured`. */
  readonly captured: readonly Tensor[];
  /** By leaf of `graph.outputs`. */
  readonly outputTypes: readonly Leaf['dtype'][];
  /** Why there is no way back, when history was asked for and only forward is there. */
  readonly gradientObstacle?: string;
}

/**
 * Traces a step into a graph, without computing anything. The step is called twice, with a batch of 2 and of 3, and a
 * third time to find the line of what cannot be compiled.
 *
 * @param x, state the tensors that the step takes
 * @param history `kept`: with the way back
 * @throws Obstacle if the step cannot be compiled; the plain loop may still run it
 * @throws TapeheadError `argument` for what no engine can run: a state whose shape changes, a tensor that leaks, a variable
 * that is assigned to, a disposed tensor
 */
export function traceStep(
  step: FlatStep,
  x: readonly Leaf[],
  state: readonly Leaf[],
  history: 'kept' | 'none',
): Traced {
  const task: Task = { step, x, state, gradients: history === 'kept' };
  const two = record(task, 2);
  const three = record(task, 3);
  const traced = (merged: Merged, gradientObstacle?: string): Traced => ({
    graph: merged.graph,
    outputTypes: two.outputTypes,
    captured: merged.captured.flatMap((leaf) => two.captured[leaf] ?? []),
    ...(gradientObstacle === undefined ? {} : { gradientObstacle }),
  });
  let obstacle = task.gradients ? (two.gradientObstacle ?? three.gradientObstacle) : undefined;
  if (task.gradients && !obstacle) {
    try {
      return traced(merge(two, three, true));
    } catch (error) {
      if (!(error instanceof Obstacle)) throw error;
      obstacle = error;
    }
  }
  // Throws where the obstacle is in the step itself.
  const plain = withLine(task, two, () => merge(two, three, false));
  return traced(plain, obstacle && located(task, two, obstacle).reason);
}

function withLine<T>(task: Task, recording: Recording, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw error instanceof Obstacle ? located(task, recording, error) : error;
  }
}

/** Traces once more to find the line of the step that made the value. */
function located(task: Task, { forward }: Recording, obstacle: Obstacle): Obstacle {
  const { at, reason } = obstacle;
  if (at === undefined) return obstacle;
  if (at >= forward.values) return new Obstacle(`${reason}, in the gradient of the step`);
  const { line } = record({ ...task, gradients: false }, 2, at);
  return new Obstacle(`${reason}${line}`, at);
}
