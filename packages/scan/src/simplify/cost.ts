import { countOf, type Graph, type Node } from '../graph/graph.js';

/** What a node costs beside the numbers that it reads and writes, as a count of such numbers. */
export const OVERHEAD = 16;

/** The numbers that a node touches at each step and sequence; 0 for what is computed once for all. */
export function costOf({ values }: Graph, { inputs, output }: Node): number {
  const { shape = [], kind } = values[output] ?? {};
  let most = countOf(shape);
  let perStep = kind === 'row';
  for (const input of inputs) {
    most = Math.max(most, countOf(input.shape));
    perStep ||= values[input.value]?.kind === 'row';
  }
  return perStep ? OVERHEAD + most : 1;
}

/** Of all nodes. */
export function cost(graph: Graph): number {
  return [...graph.forward, ...graph.backward].reduce((sum, node) => sum + costOf(graph, node), 0);
}
