import { countOf, type Graph, type Node, type Operand, type Shape, stridesOf, type ValueId } from '../graph/graph.js';
import { sameShape } from '../graph/shapes.js';
import { operandsOf } from './live.js';
import { forOp, type OpOf, type Rewriter, type Rules, rewrite } from './rewriter.js';

/** The part of `operand` from `start`, `count` long, along `axis`. */
function slice(to: Rewriter, operand: Operand, axis: number, start: number, count: number): Operand {
  const strides = stridesOf(operand.shape);
  const shape = operand.shape.map((each, i) => (i === axis ? count : each));
  return to.make({ op: 'view', offset: start * (strides[axis] ?? 0), strides }, [operand], shape);
}

/** Neighbors along an axis that belong together. */
interface Part {
  readonly pieces: Operand[];
  readonly start: number;
  count: number;
}

/** What of a graph must be computed within its loop over time. */
interface Loop {
  /** Values that need the state. */
  readonly late: ReadonlySet<ValueId>;
  /** Values that the slope of the state needs. */
  readonly carried: ReadonlySet<ValueId>;
  readonly readers: ReadonlyMap<ValueId, readonly Node[]>;
}

function loopOf(graph: Graph): Loop {
  const nodes = [...graph.forward, ...graph.backward];
  const late = new Set<ValueId>([...graph.state, ...graph.stateSlopes].filter((id) => id !== undefined));
  for (const { inputs, output } of nodes) if (inputs.some(({ value }) => late.has(value))) late.add(output);
  const carried = new Set<ValueId>(graph.slopes.state.flatMap((slope) => slope?.value ?? []));
  for (const { inputs, output } of nodes.toReversed())
    if (carried.has(output)) for (const { value } of inputs) carried.add(value);
  const readers = new Map<ValueId, Node[]>();
  for (const node of nodes)
    for (const { value } of node.inputs) {
      const before = readers.get(value);
      if (before) before.push(node);
      else readers.set(value, [node]);
    }
  return { late, carried, readers };
}
