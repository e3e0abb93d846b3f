import { engine, type NamedTensorMap, type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import type { Graph } from '../graph/graph.js';
import type { Given, Results } from '../graph/oracle.js';
import type { Wanted } from '../plan/plan.js';
import type { CallSize } from '../run/plans.js';
import { numbered } from '../run/plans.js';
import { backwardKernel, forwardKernel } from '../run/ports.js';
import { plannedForGpu } from './planned.js';

/** Runs a graph by the kernels on the current backend, webgpu. For tests. */
export async function runOnGpu(
  graph: Graph,
  given: Given,
  size: CallSize,
  wanted: Wanted,
  toX = true,
): Promise<Results> {
  const planned = plannedForGpu(graph, wanted);
  const settings = {
    plan: numbered(planned),
    ...size,
    keep: wanted === 'back',
    toX: wanted === 'back' && toX,
  };
  const run = (kernel: typeof forwardKernel, inputs: readonly Tensor[]): Tensor[] => {
    const named: NamedTensorMap = Object.fromEntries(inputs.entries());
    const made: Tensor | Tensor[] = engine().runKernel(kernel.name, named, settings);
    return Array.isArray(made) ? made : [made];
  };
  const tensors = (kernel: typeof forwardKernel, lists: readonly Float64Array[], skip = 0): Tensor[] => {
    const ports = kernel.takes(settings, [], []).slice(skip);
    return lists.map((data, i) => tensor(Float32Array.from(data), [...(ports[i]?.shape ?? [])], 'float32'));
  };
  const [forward, back] = tidy(() => {
    const made = run(forwardKernel, tensors(forwardKernel, [...given.x, ...given.state, ...given.captured]));
    if (wanted === 'forward') return [made, []];
    const kept = made.slice(graph.outputs.length + graph.state.length);
    const slopes = tensors(backwardKernel, [...(given.outputSlopes ?? []), ...(given.stateSlopes ?? [])], 1);
    return [made, run(backwardKernel, [...kept, ...slopes])];
  });
  const read = (all: readonly Tensor[]) =>
    Promise.all(all.map(async (each) => Float64Array.from(await each.data())));
  const values = await read(forward.slice(0, graph.outputs.length + graph.state.length));
  const gradients = await read(back);
  for (const each of [...forward, ...back]) each.dispose();
  const { slopes } = graph;
  const take = (list: readonly unknown[], isWanted: boolean) =>
    list.map((slope) => (slope === undefined || !isWanted ? undefined : gradients.shift()));
  return {
    outputs: values.slice(0, graph.outputs.length),
    state: values.slice(graph.outputs.length),
    slopes: {
      x: take(slopes.x, settings.toX),
      state: take(slopes.state, wanted === 'back'),
      captured: take(slopes.captured, wanted === 'back'),
    },
  };
}
