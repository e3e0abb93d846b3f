import fc from 'fast-check';
import { Builder } from './builder.js';
import {
  countOf,
  type Graph,
  type Function as MapFunction,
  type Operand,
  type Shape,
  stridesOf,
} from './graph.js';
import type { Given } from './oracle.js';
import { broadcastShape, sameShape } from './shapes.js';
import { show } from './show.js';

/** Draws numbers below `below`. */
type Draw = (below: number) => number;

const UNARY: MapFunction[] = [
  'neg',
  'neg',
  'tanh',
  'sigmoid',
  'square',
  'abs',
  'step',
  'not',
  'truth',
  'floor',
  'identity',
];
const BINARY: MapFunction[] = ['add', 'sub', 'mul', 'mul', 'div', 'max', 'min', 'greater', 'less', 'pow'];
const SHAPES: Shape[] = [
  [1, 4],
  [1, 3, 4],
  [1, 3, 1],
  [1, 1],
  [1, 1, 4],
  [2, 3, 4],
  [1, 3],
];

/** Adds random nodes of these operands; they grow no number beyond the reach of float64. */
function grow(g: Builder, pool: Operand[], count: number, draw: Draw) {
  const pick = () => pool[draw(pool.length)] ?? g.constant([], 1);
  const constant = () => {
    const shape = SHAPES[draw(SHAPES.length)] ?? [];
    return draw(4)
      ? g.constant(draw(2) ? [] : shape, [0, 1, -1, 2, 0.5, 3][draw(6)] ?? 1)
      : g.constant(shape, ...Array.from({ length: countOf(shape) }, (_, i) => draw(5) - 2 + i / 10));
  };
  const reread = (operand: Operand): Operand => {
    const same = SHAPES.filter((shape) => countOf(shape) === countOf(operand.shape));
    return {
      value: operand.value,
      shape: draw(3) ? operand.shape : (same[draw(same.length)] ?? operand.shape),
    };
  };
  const makers: (() => Operand | undefined)[] = [
    () => {
      const a = pick();
      return g.map(UNARY[draw(UNARY.length)] ?? 'neg', a.shape, a);
    },
    ...Array.from({ length: 4 }, () => () => {
      const [a, b] = [reread(pick()), draw(3) ? reread(pick()) : constant()];
      const shape = broadcastShape([a.shape, b.shape]);
      const f = BINARY[draw(BINARY.length)] ?? 'add';
      if (!shape) return undefined;
      if (f === 'pow') return g.map('pow', a.shape, a, g.constant([], [1, 2][draw(2)] ?? 1));
      const [first, second] = draw(2) ? [a, b] : [b, a];
      // A divisor of 1 to 2, or a constant.
      const divisor = draw(2)
        ? g.map('add', second.shape, g.map('sigmoid', second.shape, second), g.constant([], 1))
        : g.constant([], 2);
      return g.map(f, shape, first, f === 'div' ? divisor : second);
    }),
    () => {
      const [c, a, b] = [reread(pick()), reread(pick()), draw(2) ? constant() : reread(pick())];
      const shape = broadcastShape([c.shape, a.shape, b.shape]);
      return (
        shape && g.map('select', shape, c, draw(3) ? a : g.constant([], 1), draw(3) ? b : g.constant([], 0))
      );
    },
    () => {
      const a = reread(pick());
      const axes = a.shape.flatMap((_, axis) => (draw(2) ? [axis] : []));
      const kept = draw(2);
      const shape = a.shape.flatMap((n, axis) => (axes.includes(axis) ? (kept ? [1] : []) : [n]));
      return g.node(
        { op: 'fold', f: (['sum', 'sum', 'max', 'min', 'prod'] as const)[draw(5)] ?? 'sum', axes },
        shape,
        [a],
      );
    },
    () => {
      const a = pick();
      const shape = a.shape.map((n) => draw(n) + 1);
      const strides = stridesOf(a.shape);
      const offset = shape.reduce(
        (sum, n, axis) => sum + draw((a.shape[axis] ?? 1) - n + 1) * (strides[axis] ?? 0),
        0,
      );
      return g.view(offset, strides, shape, a);
    },
    () => {
      const a = pick();
      const order = a.shape.map((_, axis) => axis).sort(() => draw(3) - 1);
      const strides = stridesOf(a.shape);
      return g.view(
        0,
        order.map((axis) => strides[axis] ?? 0),
        order.map((axis) => a.shape[axis] ?? 1),
        a,
      );
    },
    () => {
      const a = pick();
      const strides = stridesOf(a.shape).map((stride, axis) => (a.shape[axis] === 1 ? 0 : stride));
      return g.view(
        0,
        strides,
        a.shape.map((n) => (n === 1 ? draw(3) + 1 : n)),
        a,
      );
    },
    () => {
      const first = pick();
      const axis = draw(first.shape.length);
      const resized = (shape: Shape, count: number) => shape.map((n, each) => (each === axis ? count : n));
      const fits = pool.filter(({ shape }) => sameShape(resized(shape, 1), resized(first.shape, 1)));
      const all = [first, ...fits.slice(0, draw(3))];
      const total = all.reduce((sum, { shape }) => sum + (shape[axis] ?? 0), 0);
      return first.shape.length ? g.concat(axis, resized(first.shape, total), ...all) : undefined;
    },
    () => {
      const a = pick();
      const before = a.shape.map(() => draw(2));
      const shape = a.shape.map((n, axis) => n + (before[axis] ?? 0) + draw(2));
      return g.node({ op: 'pad', before, value: draw(2) }, shape, [a]);
    },
    ...Array.from({ length: 2 }, () => () => {
      const [a, b] = [reread(pick()), reread(pick())];
      const [transposeA, transposeB] = [!!draw(2), !!draw(2)];
      const [m, k] = transposeA ? [a.shape.at(-1), a.shape.at(-2)] : [a.shape.at(-2), a.shape.at(-1)];
      const [l, n] = transposeB ? [b.shape.at(-1), b.shape.at(-2)] : [b.shape.at(-2), b.shape.at(-1)];
      const front = broadcastShape([a.shape.slice(0, -2), b.shape.slice(0, -2)]);
      if (!front || k !== l || m === undefined || n === undefined || k === undefined) return undefined;
      return g.node({ op: 'product', transposeA, transposeB }, [...front, m, n], [a, b]);
    }),
    () => {
      const a = pick();
      return a.shape.length ? g.node({ op: 'softmax' }, a.shape, [a]) : undefined;
    },
  ];
  for (let i = 0; i < count; i++) {
    const made = makers[draw(makers.length)]?.();
    if (!made || countOf(made.shape) > 200 || made.shape.length > 4) continue;
    // Keeps numbers small without hiding the op from those that read it.
    pool.push(made);
    if (!draw(3)) pool.push(g.map('tanh', made.shape, made));
  }
}

/** A random graph with a way back that need not be its gradient, and numbers for it. */
export function randomGraph(
  nodes = 30,
): fc.Arbitrary<{ graph: Graph; given: Given; size: { batch: number; time: number } }> {
  return fc.infiniteStream(fc.nat(0xffffff)).map((stream) => {
    const draw: Draw = (below) => (stream.next().value ?? 0) % Math.max(1, below);
    const size = { batch: 2, time: 3 };
    const g = new Builder();
    const [x, h, m] = [g.x(1, 4), g.state(1, 4), g.state(1, 3, 4)];
    const weights = [g.captured(4, 4), g.captured(4), g.captured(3, 1), g.captured()];
    const pool = [x, h, m, ...weights];
    grow(g, pool, nodes, draw);
    /** A value of this shape that depends on as much as there is. */
    const last = (shape: Shape) => {
      const same = pool.filter((each) => countOf(each.shape) === countOf(shape));
      const one = same[same.length - 1 - draw(Math.min(4, same.length))] ?? g.constant(shape, 1);
      return g.map('tanh', shape, { value: one.value, shape });
    };
    const outputs = [last([1, 4]), last([1, 1])];
    const nextState = [last([1, 4]), last([1, 3, 4])];
    g.back();
    pool.push(g.outputSlope(1, 4), g.outputSlope(1, 1), g.stateSlope(1, 4), g.stateSlope(1, 3, 4));
    grow(g, pool, nodes, draw);
    const rows = pool.filter(({ value }) => g.values[value]?.kind === 'row').reverse();
    const row = (shape: Shape): Operand => {
      const one = rows.find((each) => countOf(each.shape) === countOf(shape));
      return { value: one?.value ?? -1, shape };
    };
    const bias = g.map('neg', [4], g.sum([0], [4], row([1, 4]), 'sum'));
    const weight = g.product('ta', [4, 4], row([1, 4]), row([1, 4]), 'sum');
    const scaled = g.map('mul', [4, 4], weight, g.map('exp', [], weights[3] ?? x));
    const total = g.node({ op: 'fold', f: 'sum', axes: [0, 1, 2] }, [], [row([1, 3, 4])], 'sum');
    const rowSums = g.sum([0, 2], [3], row([1, 3, 4]), 'sum');
    const graph = g.graph(outputs, nextState, {
      x: [row([1, 4])],
      state: [last([1, 4]), last([1, 3, 4])],
      captured: [scaled, bias, { value: rowSums.value, shape: [3, 1] }, total],
    });
    const numbers = (shape: Shape, times: number) =>
      Float64Array.from({ length: countOf(shape) * times }, () => (draw(2001) - 1000) / 500);
    const sequences = size.batch * size.time;
    return {
      [fc.toStringMethod]: () => show(graph),
      graph,
      size,
      given: {
        x: [numbers([1, 4], sequences)],
        state: [numbers([1, 4], size.batch), numbers([1, 3, 4], size.batch)],
        captured: weights.map(({ shape }) => numbers(shape, 1)),
        outputSlopes: [numbers([1, 4], sequences), numbers([1, 1], sequences)],
        stateSlopes: [numbers([1, 4], size.batch), numbers([1, 3, 4], size.batch)],
      },
    };
  });
}
