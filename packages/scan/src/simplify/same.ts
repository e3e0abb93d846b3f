import { expect } from 'vitest';
import { check } from '../graph/check.js';
import type { Graph } from '../graph/graph.js';
import { type Given, runGraph } from '../graph/oracle.js';

type Data = Float64Array | undefined;

/** The greatest difference relative to the largest entry of each tensor; tensors beyond 1e6 are left out. */
function difference(a: readonly Data[], b: readonly Data[]): number {
  let most = 0;
  a.forEach((data, leaf) => {
    if (!data) return;
    const largest = data.reduce((max, each) => Math.max(max, Math.abs(each)), 1e-3);
    if (!(largest < 1e6)) return;
    data.forEach((each, i) => {
      const far = Math.abs(each - (b[leaf]?.[i] ?? NaN)) / largest;
      most = Math.max(most, far);
    });
  });
  return most;
}

/** `after` is in order, and gives in float64 what `before` gives, to the rounding that another order of sums causes. */
export function expectSame(
  before: Graph,
  after: Graph,
  given: Given,
  size: { readonly batch: number; readonly time: number },
): void {
  check(after);
  const [a, b] = [runGraph(before, given, size), runGraph(after, given, size)];
  const parts = [
    [a.outputs, b.outputs],
    [a.state, b.state],
    [a.slopes.x, b.slopes.x],
    [a.slopes.state, b.slopes.state],
    [a.slopes.captured, b.slopes.captured],
  ] as const;
  expect(parts.map(([x, y]) => difference(x, y)).filter((each) => !(each < 1e-8))).toEqual([]);
}

/** Numbers for all that a graph is given. */
export function givenFor(
  graph: Graph,
  { batch, time }: { readonly batch: number; readonly time: number },
): Given {
  const numbers = (ids: readonly (number | undefined)[], times: number, from: number) =>
    ids.map((id, leaf) => {
      const shape = id === undefined ? [] : (graph.values[id]?.shape ?? []);
      const count = shape.reduce((product, each) => product * each, 1) * times;
      return Float64Array.from({ length: count }, (_, i) =>
        Math.sin(12.9898 * (i + 1) + 78.233 * (leaf + from)),
      );
    });
  return {
    x: numbers(graph.x, batch * time, 1),
    state: numbers(graph.state, batch, 10),
    captured: numbers(graph.captured, 1, 20),
    outputSlopes: numbers(graph.outputSlopes, batch * time, 30),
    stateSlopes: numbers(graph.stateSlopes, batch, 40),
  };
}
