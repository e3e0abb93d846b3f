import { type Graph, type Node, type Operand, type Shape, stridesOf, type ValueId } from '../graph/graph.js';
import { sameShape } from '../graph/shapes.js';
import { operandsOf } from './live.js';
import { forOp, type Rewriter, type Rules, rewrite } from './rewriter.js';

/** The part of `operand` from `start`, `count` long, along `axis`. */
function slice(to: Rewriter, operand: Operand, axis: number, start: number, count: number): Operand {
  const strides = stridesOf(operand.shape);
  const shape = operand.shape.map((each, i) => (i === axis ? count : each));
  return to.make({ op: 'view', offset: start * (strides[axis] ?? 0), strides }, [operand], shape);
}

/** Neighbors along an axis that belong together. */
interface Part<Piece> {
  readonly pieces: Piece[];
  readonly start: number;
  count: number;
}

/** What of a graph must be computed within its loop over time. */
interface Loop {
  /** Values that need the state. */
  readonly late: ReadonlySet<ValueId>;
  /** Values that the slope of the state needs. */
  readonly carried: ReadonlySet<ValueId>;
  /** What the graph gives. */
  readonly given: ReadonlySet<ValueId>;
  readonly readers: ReadonlyMap<ValueId, readonly Node[]>;
}

function loopOf(graph: Graph): Loop {
  const nodes = [...graph.forward, ...graph.backward];
  const late = new Set<ValueId>([...graph.state, ...graph.stateSlopes].filter((id) => id !== undefined));
  for (const { inputs, output } of nodes) if (inputs.some(({ value }) => late.has(value))) late.add(output);
  const carried = new Set<ValueId>(graph.slopes.state.flatMap((slope) => slope?.value ?? []));
  for (const { inputs, output } of [...nodes].reverse())
    if (carried.has(output)) for (const { value } of inputs) carried.add(value);
  const readers = new Map<ValueId, Node[]>();
  for (const node of nodes)
    for (const { value } of node.inputs) {
      const before = readers.get(value);
      if (before) before.push(node);
      else readers.set(value, [node]);
    }
  return { late, carried, readers, given: new Set(operandsOf(graph).map(({ value }) => value)) };
}

/** Groups neighbors by `classOf`; a gap starts a new group. */
function partsOf<Piece extends { readonly start: number; readonly count: number }>(
  pieces: readonly Piece[],
  classOf: (piece: Piece) => boolean,
): Part<Piece>[] {
  const parts: (Part<Piece> & { readonly is: boolean })[] = [];
  for (const piece of pieces) {
    const is = classOf(piece);
    const part = parts.at(-1);
    if (part && part.is === is && part.start + part.count === piece.start) {
      part.pieces.push(piece);
      part.count += piece.count;
    } else parts.push({ is, pieces: [piece], start: piece.start, count: piece.count });
  }
  return parts;
}

/** The operands of a concat along `axis` in groups: those that need the state, and those that do not. */
function mixed(to: Rewriter, { late }: Loop, operand: Operand, axis: number) {
  const node = to.producer(operand.value);
  if (node?.op.op !== 'concat' || node.op.axis !== axis) return undefined;
  if (!sameShape(to.shapeOf(operand.value), operand.shape)) return undefined;
  let start = 0;
  const pieces = node.inputs.map((each) => {
    const count = each.shape[axis] ?? 0;
    start += count;
    return { operand: each, start: start - count, count };
  });
  const parts = partsOf(pieces, (piece) => late.has(to.origins[piece.operand.value] ?? -1));
  const join = (part: (typeof parts)[0]): Operand => {
    const shape = operand.shape.map((each, i) => (i === axis ? part.count : each));
    return to.make(
      { op: 'concat', axis },
      part.pieces.map((piece) => piece.operand),
      shape,
    );
  };
  return parts.length > 1 ? parts.map((part) => ({ ...part, joined: join(part) })) : undefined;
}

const last = (operand: Operand, behind: 1 | 2) => operand.shape.length - behind;

/** A product of something mixed is a sum of products, and its gradient a concat of products. */
const splitProducts = (loop: Loop) =>
  forOp('product', (to, { op, inputs: [a, b], shape, kind }) => {
    if (!a || !b) return undefined;
    if (kind === 'row') {
      const parts =
        to.values[b.value]?.kind === 'shared' && mixed(to, loop, a, last(a, op.transposeA ? 2 : 1));
      const axis = last(b, op.transposeB ? 1 : 2);
      return parts
        ? parts
            .map((part) => to.make(op, [part.joined, slice(to, b, axis, part.start, part.count)], shape))
            .reduce((sum, each) => to.map('add', shape, sum, each))
        : undefined;
    }
    for (const [i, operand] of [a, b].entries()) {
      const axis = shape.length - 2 + i;
      const parts = mixed(to, loop, operand, last(operand, (i ? op.transposeB : !op.transposeA) ? 2 : 1));
      const products = parts?.map(({ joined, count }) =>
        to.make(
          op,
          i ? [a, joined] : [joined, b],
          shape.map((each, at) => (at === axis ? count : each)),
          kind,
        ),
      );
      if (products) return to.make({ op: 'concat', axis }, products, shape);
    }
    return undefined;
  });

/** The columns that a view takes of a tensor of `shape`, if it takes nothing else. */
function columnsOf({ op }: Node, view: Shape, shape: Shape) {
  const strides = stridesOf(shape);
  const count = view.at(-1) ?? 1;
  if (op.op !== 'view' || !sameShape(view.slice(0, -1), shape.slice(0, -1))) return undefined;
  const same = op.strides.every((stride, axis) => view[axis] === 1 || stride === strides[axis]);
  return same && op.offset + count <= (shape.at(-1) ?? 1) ? { start: op.offset, count } : undefined;
}

/** A product of which only slices are read gives those that the loop carries on, and the others, apart. */
const splitSlices = (graph: Graph, loop: Loop) =>
  forOp('view', (to, { op, inputs: [input], shape }) => {
    if (!input) return undefined;
    const node = to.producer(input.value);
    const [a, b] = node?.inputs ?? [];
    const origin = to.origins[input.value];
    if (
      !a ||
      !b ||
      node?.op.op !== 'product' ||
      to.values[b.value]?.kind !== 'shared' ||
      origin === undefined
    )
      return undefined;
    const whole = to.shapeOf(input.value);
    const readers = loop.readers.get(origin) ?? [];
    const columns = readers.flatMap((reader) => {
      const found = columnsOf(reader, graph.values[reader.output]?.shape ?? [], whole);
      return found ? [{ ...found, carried: loop.carried.has(reader.output) }] : [];
    });
    const own = columnsOf({ op, inputs: [input], output: -1 }, shape, whole);
    if (!own || columns.length < readers.length || loop.given.has(origin)) return undefined;
    columns.sort((x, y) => x.start - y.start);
    const parts = partsOf(columns, ({ carried }) => carried);
    const part = parts.find(
      ({ start, count }) => own.start >= start && own.start + own.count <= start + count,
    );
    if (!part || part.count === whole.at(-1)) return undefined;
    const columnsOfB = slice(to, b, last(b, node.op.transposeB ? 2 : 1), part.start, part.count);
    const product = to.make(node.op, [a, columnsOfB], [...whole.slice(0, -1), part.count]);
    return slice(to, product, last(product, 1), own.start - part.start, own.count);
  });

/** Splits products so that what does not need the loop over time can be computed outside it. */
export function split(graph: Graph, rules: Rules): Graph {
  const loop = loopOf(graph);
  const { product = [], view = [] } = rules;
  return rewrite(graph, {
    ...rules,
    product: [...product, splitProducts(loop)],
    view: [...view, splitSlices(graph, loop)],
  });
}
