import { BINARY, UNARY } from './functions.js';
import {
  countOf,
  type Graph,
  type Kind,
  type Node,
  type Op,
  type Operand,
  type Shape,
  type ValueId,
} from './graph.js';
import { broadcastShape, dense, sameShape } from './shapes.js';

function operandsOf(op: Op): number {
  switch (op.op) {
    case 'map':
      return op.f === 'select' ? 3 : op.f in BINARY ? 2 : 1;
    case 'product':
    case 'gather':
    case 'segmentSum':
      return 2;
    default:
      return 1;
  }
}

/** Whether `op` can give `out` of operands of these shapes. */
function fits(op: Op, shapes: readonly Shape[], out: Shape): boolean {
  const [a = [], b = []] = shapes;
  const without = (axes: readonly number[], count: number[]) =>
    a.flatMap((n, i) => (axes.includes(i) ? count : n));
  switch (op.op) {
    case 'map': {
      // The output may be larger than what the operands are broadcast to.
      const all = broadcastShape([...shapes, out]);
      return (op.f === 'select' || op.f in BINARY || op.f in UNARY) && !!all && sameShape(all, out);
    }
    case 'fold':
      return (
        op.axes.every((axis) => axis >= 0 && axis < a.length) &&
        (sameShape(out, without(op.axes, [])) || sameShape(out, without(op.axes, [1])))
      );
    case 'product': {
      const [m, k] = op.transposeA ? [a.at(-1), a.at(-2)] : [a.at(-2), a.at(-1)];
      const [l, n] = op.transposeB ? [b.at(-1), b.at(-2)] : [b.at(-2), b.at(-1)];
      const front = broadcastShape([a.slice(0, -2), b.slice(0, -2)]);
      if (m === undefined || n === undefined || k === undefined || !front) return false;
      return k === l && sameShape(out, [...front, m, n]);
    }
    case 'softmax':
      return sameShape(a, out) && a.length > 0;
    case 'view': {
      let [low, high] = [op.offset, op.offset];
      out.forEach((count, axis) => {
        const span = (count - 1) * (op.strides[axis] ?? 0);
        if (span < 0) low += span;
        else high += span;
      });
      return op.strides.length === out.length && (countOf(out) === 0 || (low >= 0 && high < countOf(a)));
    }
    case 'concat': {
      const along = shapes.reduce((sum, shape) => sum + (shape[op.axis] ?? 0), 0);
      return (
        op.axis >= 0 &&
        op.axis < out.length &&
        along === out[op.axis] &&
        shapes.every((shape) =>
          sameShape(
            shape,
            out.map((count, axis) => (axis === op.axis ? (shape[axis] ?? 0) : count)),
          ),
        )
      );
    }
    case 'pad':
      return (
        a.length === out.length &&
        op.before.length === out.length &&
        op.before.every((before, axis) => before >= 0 && before + (a[axis] ?? 0) <= (out[axis] ?? 0))
      );
    case 'cumulate':
      return sameShape(a, out) && op.axis >= 0 && op.axis < a.length;
    case 'gather':
      return (
        sameShape(dense(out), dense([...a.slice(0, op.axis), ...b, ...a.slice(op.axis + 1)])) &&
        op.axis < a.length
      );
    case 'segmentSum':
      return countOf(a) === countOf(b) * countOf(out.slice(1));
    default:
      return sameShape(dense(out), dense(without([op.axis], [1]))) && op.axis >= 0 && op.axis < a.length;
  }
}

const LINEAR = new Set(['add', 'sub', 'neg', 'identity', 'select']);

/** Whether a `sum` output may be computed of operands of these kinds once, after all sums: whether `op` is linear in the sums. */
function linear(op: Op, kinds: readonly Kind[]): boolean {
  const sums = kinds.filter((kind) => kind === 'sum').length;
  switch (op.op) {
    case 'map':
      if (op.f === 'mul') return sums === 1;
      if (op.f === 'div') return sums === 1 && kinds[0] === 'sum';
      return LINEAR.has(op.f) && (op.f !== 'select' || kinds[0] === 'shared');
    case 'fold':
      return op.f === 'sum';
    case 'product':
      return sums === 1;
    case 'view':
    case 'concat':
      return true;
    case 'pad':
      return op.value === 0;
    case 'cumulate':
      return op.f === 'sum';
    case 'gather':
    case 'segmentSum':
      return kinds[0] === 'sum' && kinds[1] !== 'sum';
    default:
      return false;
  }
}

function kindFault(node: Node, kinds: readonly Kind[], out: Kind): string | undefined {
  const has = (kind: Kind) => kinds.includes(kind);
  if (out === 'row') return has('sum') ? 'a row of a sum' : undefined;
  if (out === 'shared') return has('sum') || has('row') ? 'shared, of what is not' : undefined;
  if (has('row') && has('sum')) return 'a sum of a row and a sum';
  if (!has('row') && !linear(node.op, kinds)) return 'not linear in the sums';
  return undefined;
}

/**
 * Throws where `graph` is not what `graph.ts` says: operands that are missing, of another size or computed later, shapes
 * that do not fit the op, kinds that cannot be, values computed twice. For tests.
 */
export function check(graph: Graph): void {
  const known = new Set<ValueId>();
  const fail = (what: string): never => {
    throw new Error(`graph: ${what}`);
  };
  const valueAt = (id: ValueId) => graph.values[id] ?? fail(`no value ${id}`);
  const read = ({ value, shape }: Operand, where: string) => {
    if (!known.has(value)) fail(`${where} reads value ${value} before it is computed`);
    if (countOf(valueAt(value).shape) !== countOf(shape))
      fail(`${where} reads value ${value} [${valueAt(value).shape}] as [${shape}]`);
    return valueAt(value);
  };
  graph.values.forEach(({ source, kind, shape }, id) => {
    if (!source) return;
    known.add(id);
    const shared = source.kind === 'captured' || source.kind === 'constant';
    if (kind !== (shared ? 'shared' : 'row')) fail(`value ${id} is ${source.kind} and ${kind}`);
    if (source.kind === 'constant' && source.data.length !== countOf(shape))
      fail(`constant ${id} [${shape}] has ${source.data.length} numbers`);
  });
  const walk = (nodes: readonly Node[], list: string) =>
    nodes.forEach((node, i) => {
      const where = `${list} ${i} (${node.op.op === 'map' ? node.op.f : node.op.op} → ${node.output})`;
      const out = valueAt(node.output);
      const kinds = node.inputs.map((input) => read(input, where).kind);
      if (node.op.op !== 'concat' && kinds.length !== operandsOf(node.op))
        fail(`${where} has ${kinds.length} operands`);
      const shapes = node.inputs.map(({ shape }) => shape);
      if (!fits(node.op, shapes, out.shape))
        fail(`${where}: ${shapes.map((s) => `[${s}]`)} do not give [${out.shape}]`);
      const fault = kindFault(node, kinds, out.kind);
      if (fault) fail(`${where}: ${kinds} give ${out.kind}: ${fault}`);
      if (known.has(node.output)) fail(`${where} is computed twice`);
      known.add(node.output);
    });
  const leaves = (name: 'x' | 'state' | 'captured' | 'outputSlopes' | 'stateSlopes', kind: string) =>
    graph[name].forEach((id, leaf) => {
      const source = id === undefined ? { kind, leaf } : valueAt(id).source;
      if (source?.kind !== kind || !('leaf' in source) || source.leaf !== leaf)
        fail(`${name} ${leaf} is value ${id}`);
    });
  leaves('x', 'x');
  leaves('state', 'state');
  leaves('captured', 'captured');
  leaves('outputSlopes', 'outputSlope');
  leaves('stateSlopes', 'stateSlope');
  const given = (operands: readonly (Operand | undefined)[], name: string, ...kinds: Kind[]) =>
    operands.forEach((operand, leaf) => {
      if (operand && !kinds.includes(read(operand, `${name} ${leaf}`).kind))
        fail(`${name} ${leaf} is ${valueAt(operand.value).kind}`);
    });
  const slopes = new Set([...graph.outputSlopes, ...graph.stateSlopes]);
  walk(graph.forward, 'forward');
  given(graph.outputs, 'outputs', 'row', 'shared');
  given(graph.nextState, 'nextState', 'row', 'shared');
  for (const { inputs } of graph.forward)
    for (const { value } of inputs) if (slopes.has(value)) fail(`forward reads slope ${value}`);
  walk(graph.backward, 'backward');
  given(graph.slopes.x, 'slopes.x', 'row', 'shared');
  given(graph.slopes.state, 'slopes.state', 'row', 'shared');
  given(graph.slopes.captured, 'slopes.captured', 'sum', 'shared');
}
