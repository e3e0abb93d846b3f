import { countOf, type Graph, type Node } from '../graph/graph.js';

/** What a node costs beside the numbers that it reads and writes, as a count of such numbers. */
export const OVERHEAD = 16;

/** The numbers that a node touches at each step and sequence; 0 for what is computed once for all. */
export function costOf({ values }: Graph, { inputs, output }: Node): number {
  const perStep = [{ value: output }, ...inputs].some(({ value }) => values[value]?.kind === 'row');
  const counts = [values[output]?.shape ?? [], ...inputs.map(({ shape }) => shape)].map(countOf);
  return perStep ? OVERHEAD + Math.max(...counts) : 1;
}

/** Of all nodes. */
export function cost(graph: Graph): number {
  return [...graph.forward, ...graph.backward].reduce((sum, node) => sum + costOf(graph, node), 0);
}
