import { countOf, type Graph, type Node, type ValueId } from '../graph/graph.js';

/** Functions that cost less than to read what they gave. */
const CHEAP = new Set<string>([
  ...[
    'add',
    'sub',
    'mul',
    'div',
    'neg',
    'square',
    'sqrt',
    'reciprocal',
    'abs',
    'sign',
    'max',
    'min',
    'select',
  ],
  ...[
    'equal',
    'notEqual',
    'less',
    'lessEqual',
    'greater',
    'greaterEqual',
    'and',
    'or',
    'xor',
    'not',
    'truth',
  ],
  ...['step', 'floor', 'ceil', 'round', 'truncate', 'identity', 'isNaN', 'isInf', 'isFinite'],
]);

/** What large values are made of again in backward, in place of keeping them from forward. */
function choose(graph: Graph, least: number): Map<ValueId, Node> {
  const { forward, backward, values } = graph;
  const count = (id: ValueId) => countOf(values[id]?.shape ?? []);
  const producers = new Map(forward.map((node) => [node.output, node]));
  const fixed = new Set([...graph.nextState, ...graph.outputs].map(({ value }) => value));
  const cheap = (id: ValueId) => {
    const node = producers.get(id);
    if (!node || fixed.has(id) || values[id]?.kind !== 'row' || count(id) < least) return undefined;
    return node.op.op === 'view' || (node.op.op === 'map' && CHEAP.has(node.op.f)) ? node : undefined;
  };
  const read = new Set(backward.flatMap(({ inputs }) => inputs.map(({ value }) => value)));
  const kept = new Set([...read].filter((id) => !cheap(id)));
  /** Whether nothing has to be kept for `id`: a source, something shared, part of the next state. */
  const free = (id: ValueId) =>
    kept.has(id) || fixed.has(id) || !producers.has(id) || values[id]?.kind !== 'row';
  const again = new Map<ValueId, Node>();
  for (const id of [...read].sort((a, b) => a - b)) {
    if (!cheap(id)) continue;
    const nodes = new Map<ValueId, Node>();
    const leaves = new Set<ValueId>();
    const visit = (at: ValueId) => {
      const node = again.has(at) || kept.has(at) ? undefined : cheap(at);
      if (node && !nodes.has(at)) {
        nodes.set(at, node);
        for (const { value } of node.inputs) visit(value);
      } else if (!node && !again.has(at) && !free(at)) leaves.add(at);
    };
    visit(id);
    const more = [...leaves].reduce((sum, leaf) => sum + count(leaf), 0);
    if (more >= count(id)) {
      kept.add(id);
      continue;
    }
    for (const [value, node] of nodes) again.set(value, node);
    for (const leaf of leaves) kept.add(leaf);
  }
  return again;
}

/**
 * Values of `least` numbers or more that forward makes by cheap maps and views and that backward reads: backward makes them
 * again, just before it first reads them, so that they need not be kept.
 */
export function recompute(graph: Graph, least = 64): Graph {
  const again = choose(graph, least);
  if (!again.size) return graph;
  const values = [...graph.values];
  const backward: Node[] = [];
  const copies = new Map<ValueId, ValueId>();
  const copyOf = (id: ValueId): ValueId => {
    const node = again.get(id);
    const value = graph.values[id];
    if (!node || !value) return id;
    const before = copies.get(id);
    if (before !== undefined) return before;
    const inputs = node.inputs.map((input) => ({ ...input, value: copyOf(input.value) }));
    const output = values.push(value) - 1;
    copies.set(id, output);
    backward.push({ op: node.op, inputs, output });
    return output;
  };
  for (const node of graph.backward) {
    const inputs = node.inputs.map((input) => ({ ...input, value: copyOf(input.value) }));
    backward.push({ ...node, inputs });
  }
  const slope = <O extends { readonly value: ValueId } | undefined>(operand: O) =>
    operand && { ...operand, value: copies.get(operand.value) ?? operand.value };
  const { x, state, captured } = graph.slopes;
  return {
    ...graph,
    values,
    backward,
    slopes: { x: x.map(slope), state: state.map(slope), captured: captured.map(slope) },
  };
}
