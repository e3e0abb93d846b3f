import type { Graph, Node, ValueId } from '../../graph/graph.js';

/** The values that depend on what is carried from step to step. */
export function carriedIn({ forward, backward, state, stateSlopes }: Graph): ReadonlySet<ValueId> {
  return new Set([...dependentOn(state, forward), ...dependentOn(stateSlopes, backward)]);
}

function dependentOn(sources: readonly (ValueId | undefined)[], nodes: readonly Node[]): Set<ValueId> {
  const all = new Set(sources.flatMap((id) => (id === undefined ? [] : [id])));
  for (const { inputs, output } of nodes) if (inputs.some(({ value }) => all.has(value))) all.add(output);
  return all;
}
