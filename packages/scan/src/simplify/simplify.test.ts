import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { check } from '../graph/check.js';
import type { Graph } from '../graph/graph.js';
import { type Given, runGraph } from '../graph/oracle.js';
import { randomGraph } from '../graph/random.js';
import { cost, simplify } from './index.js';

type Data = Float64Array | undefined;

/** The difference of two results relative to the largest entry, or undefined where the first overflows. */
function difference(a: readonly Data[], b: readonly Data[]): number {
  let most = 0;
  a.forEach((data, leaf) => {
    if (!data) return;
    const largest = data.reduce((max, each) => Math.max(max, Math.abs(each)), 1e-3);
    if (!Number.isFinite(largest) || largest > 1e6) return;
    data.forEach((each, i) => {
      most = Math.max(most, Math.abs(each - (b[leaf]?.[i] ?? NaN)) / largest);
    });
  });
  return most;
}

export function expectSame(before: Graph, after: Graph, given: Given, size: { batch: number; time: number }) {
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

describe('simplify', () => {
  it('computes the same of random graphs at no more cost', () => {
    fc.assert(
      fc.property(randomGraph(), ({ graph, given, size }) => {
        check(graph);
        const after = simplify(graph);
        check(after);
        expect(cost(after)).toBeLessThanOrEqual(cost(graph));
        expectSame(graph, after, given, size);
      }),
      { numRuns: +(process.env.RUNS ?? 300), seed: 13, endOnFailure: true },
    );
  });
});
