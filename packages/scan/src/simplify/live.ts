import type { Graph, Node, Operand, Value, ValueId } from '../graph/graph.js';
import { moved, renumber } from './renumber.js';

/** Which gradients are wanted, by leaf; all by default. */
export interface Wanted {
  readonly x?: readonly boolean[];
  readonly state?: readonly boolean[];
  readonly captured?: readonly boolean[];
}

/** What a graph gives. */
export function operandsOf({ outputs, nextState, slopes }: Graph): Operand[] {
  const all = [...outputs, ...nextState, ...slopes.x, ...slopes.state, ...slopes.captured];
  return all.filter((each) => each !== undefined);
}

/** The nodes, of `nodes`, that compute these values, in order. Adds to `needed` what they read. */
function needed(nodes: readonly Node[], values: Set<ValueId>): Node[] {
  const kept: Node[] = [];
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i];
    if (!node || !values.has(node.output)) continue;
    kept.push(node);
    for (const { value } of node.inputs) values.add(value);
  }
  return kept.reverse();
}

/**
 * Only the nodes and constants that the wanted results need. What outputs and state need is forward, the others are
 * backward. Values are numbered again.
 */
export function live(graph: Graph, wanted: Wanted = {}): Graph {
  const choose = (name: keyof Wanted) =>
    graph.slopes[name].map((slope, leaf) => (wanted[name]?.[leaf] === false ? undefined : slope));
  const slopes = { x: choose('x'), state: choose('state'), captured: choose('captured') };
  const nodes = [...graph.forward, ...graph.backward];
  const first = new Set([...graph.outputs, ...graph.nextState].map(({ value }) => value));
  const forward = needed(nodes, first);
  const all = new Set([...first, ...operandsOf({ ...graph, slopes }).map(({ value }) => value)]);
  const backward = needed(nodes, all).filter(({ output }) => !first.has(output));

  const values: Value[] = [];
  const numbers = new Map<ValueId, ValueId>();
  graph.values.forEach((value, id) => {
    if (!all.has(id) && (!value.source || value.source.kind === 'constant')) return;
    numbers.set(id, values.length);
    values.push(value);
  });
  const move = ({ op, inputs, output }: Node): Node => ({
    op,
    inputs: inputs.map((input) => moved(input, numbers)),
    output: numbers.get(output) ?? -1,
  });
  return renumber({ ...graph, slopes }, numbers, values, forward.map(move), backward.map(move));
}
