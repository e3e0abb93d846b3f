import { describe, expect, it } from 'vitest';
import { Builder } from '../graph/builder.js';
import { check } from '../graph/check.js';
import type { Operand } from '../graph/graph.js';
import { show } from '../graph/show.js';
import { recompute, simplify } from './index.js';
import { expectSame, givenFor } from './same.js';

const size = { batch: 2, time: 3 };

/** The lines of a simplified graph of one output, of a step that reads x0 [1,4], x1 [1,3,4], captured0 [4], captured1 []. */
function simplified(make: (g: Builder, x: Operand, m: Operand, w: Operand, s: Operand) => Operand): string[] {
  const g = new Builder();
  const output = make(g, g.x(1, 4), g.x(1, 3, 4), g.captured(4), g.captured());
  const graph = g.graph([output], []);
  check(graph);
  const after = simplify(graph);
  expectSame(graph, after, givenFor(graph, size), size);
  const lines = show(after).split('\n');
  return lines
    .slice(1, lines.indexOf('backward'))
    .map((line) => line.trim().replace('; state', '').replace(/^\d+ /, ''));
}

type Case = [string, Parameters<typeof simplified>[0], ...string[]];

const cases: Case[] = [
  ['x · 1', (g, x) => g.map('mul', [1, 4], x, g.constant([1, 4], 1)), 'outputs x0'],
  ['1 · x', (g, x) => g.map('mul', [1, 4], g.constant([], 1), x), 'outputs x0'],
  ['0 + x', (g, x) => g.map('add', [1, 4], g.constant([4], 0), x), 'outputs x0'],
  ['x − 0', (g, x) => g.map('sub', [1, 4], x, g.constant([4], 0)), 'outputs x0'],
  ['0 − x', (g, x) => g.map('sub', [1, 4], g.constant([4], 0), x), '[1,4] row = neg (x0)', 'outputs 4'],
  ['x / 1', (g, x) => g.map('div', [1, 4], x, g.constant([4], 1)), 'outputs x0'],
  ['x / 4', (g, x) => g.map('div', [1, 4], x, g.constant([4], 4)), '[1,4] row = mul (x0, 0.25)', 'outputs 5'],
  ['x²', (g, x) => g.map('pow', [1, 4], x, g.constant([], 2)), '[1,4] row = square (x0)', 'outputs 4'],
  ['x · x', (g, x) => g.map('mul', [1, 4], x, x), '[1,4] row = square (x0)', 'outputs 4'],
  ['−−x', (g, x) => g.map('neg', [1, 4], g.map('neg', [1, 4], x)), 'outputs x0'],
  [
    'x + −w',
    (g, x, _, w) => g.map('add', [1, 4], x, g.map('neg', [4], w)),
    '[1,4] row = sub (x0, captured0)',
    'outputs 4',
  ],
  [
    '−(x − w)',
    (g, x, _, w) => g.map('neg', [1, 4], g.map('sub', [1, 4], x, w)),
    '[1,4] row = sub (captured0, x0)',
    'outputs 4',
  ],
  [
    'x − (−x · w)',
    (g, x, _, w) => g.map('sub', [1, 4], x, g.map('mul', [1, 4], g.map('neg', [1, 4], x), w)),
    '[4] shared = neg (captured0)',
    '[1,4] row = mul (x0, 4)',
    '[1,4] row = sub (x0, 5)',
    'outputs 6',
  ],
  [
    'constants of constants',
    (g, x) =>
      g.map('add', [1, 4], x, g.map('sub', [4], g.constant([4], 3), g.map('sqrt', [], g.constant([], 9)))),
    'outputs x0',
  ],
  [
    'x > w ? 1 : 0',
    (g, x, _, w) =>
      g.map('select', [1, 4], g.map('greater', [1, 4], x, w), g.constant([4], 1), g.constant([], 0)),
    '[1,4] row = greater (x0, captured0)',
    'outputs 4',
  ],
  [
    '¬(x > w) ? x : w',
    (g, x, _, w) => g.map('select', [1, 4], g.map('not', [1, 4], g.map('greater', [1, 4], x, w)), x, w),
    '[1,4] row = greater (x0, captured0)',
    '[1,4] row = select (4, captured0, x0)',
    'outputs 5',
  ],
  [
    'x where c, else 1',
    (g, x, _, w) => {
      const c = g.map('less', [1, 4], x, w);
      return g.map('add', [1, 4], g.map('mul', [1, 4], c, x), g.map('sub', [1, 4], g.constant([], 1), c));
    },
    '[1,4] row = less (x0, captured0)',
    '[1,4] row = select (5, x0, 1)',
    'outputs 6',
  ],
  ['the sum of one', (g, x) => g.sum([0], [4], x, 'row'), 'outputs x0'],
  [
    'the sum of a broadcast',
    (g, x) => g.sum([1], [1, 4], g.view(0, [0, 0, 1], [1, 3, 4], x)),
    '[1,4] row = mul (x0, 3)',
    'outputs 5',
  ],
  [
    'the sum of a product with ones',
    (g, x) =>
      g.sum([0, 1, 2], [], g.map('mul', [1, 3, 4], { ...x, shape: [1, 1, 4] }, g.constant([1, 3, 4], 1))),
    '[] row = fold sum [0,1,2](x0)',
    '[] row = mul (5, 3)',
    'outputs 6',
  ],
  [
    'a sum of sums',
    (g, _, m) => g.sum([0, 1], [], g.sum([1], [1, 4], m)),
    '[1] row = fold sum [1,2](x1)',
    'outputs 4',
  ],
  [
    'what is the same along an axis',
    (g, x, m) => g.map('mul', [1, 3, 4], m, g.map('tanh', [1, 3, 4], g.view(0, [0, 0, 1], [1, 3, 4], x))),
    '[1,1,4] row = tanh (x0)',
    '[1,3,4] row = mul (x1, 4)',
    'outputs 5',
  ],
  ['a whole view', (g, x) => g.view(0, [7, 1], [1, 4], x), 'outputs x0'],
  [
    'a view of a view',
    (g, _, m) => g.view(1, [2], [2], g.view(4, [4, 1], [2, 4], m)),
    '[2] row = view 5 [2](x1)',
    'outputs 4',
  ],
  [
    'a transpose of a transpose',
    (g, _, m) => g.view(0, [0, 1, 3], [1, 3, 4], g.view(0, [0, 1, 4], [1, 4, 3], m)),
    'outputs x1',
  ],
  [
    'a piece of a concat',
    (g, x, m) => g.view(8, [16, 4, 1], [1, 2, 4], g.concat(1, [1, 4, 4], { ...x, shape: [1, 1, 4] }, m)),
    '[1,2,4] row = view 4 [0,4,1](x1)',
    'outputs 4',
  ],
  [
    'what was padded',
    (g, x) => g.view(2, [0, 1], [1, 4], g.node({ op: 'pad', before: [0, 2], value: 0 }, [1, 8], [x])),
    'outputs x0',
  ],
  ['a concat of one', (g, x) => g.concat(1, [1, 4], x), 'outputs x0'],
  [
    'an outer product',
    (g, x, m) => g.product('ta', [1, 4, 4], { ...x, shape: [1, 1, 4] }, g.view(0, [0, 0, 1], [1, 1, 4], m)),
    '[1,1,4] row = view 0 [0,0,1](x1)',
    '[1,4,4] row = mul (x0, 4)',
    'outputs 5',
  ],
  [
    'a product with a transpose',
    (g, x, m) => g.product('', [1, 1, 3], { ...x, shape: [1, 1, 4] }, g.view(0, [0, 1, 4], [1, 4, 3], m)),
    '[1,1,3] row = product false true(x0, x1)',
    'outputs 4',
  ],
  [
    'what is shared is multiplied first',
    (g, x, _, w, s) => g.map('mul', [1, 4], g.map('mul', [1, 4], x, w), s),
    '[4] shared = mul (captured0, captured1)',
    '[1,4] row = mul (x0, 4)',
    'outputs 5',
  ],
  [
    'what is shared is added first',
    (g, x, _, w, s) => g.map('sub', [1, 4], g.map('neg', [1, 4], g.map('add', [1, 4], x, w)), s),
    '[4] shared = add (captured0, captured1)',
    '[1,4] row = add (x0, 4)',
    '[1,4] row = neg (5)',
    'outputs 6',
  ],
  [
    'small tensors are multiplied first',
    (g, x, m) => {
      const row = { ...x, shape: [1, 1, 4] };
      const twice = g.map('mul', [1, 3, 4], g.map('mul', [1, 3, 4], m, row), row);
      return g.map('mul', [1, 3, 4], twice, g.constant([1, 3, 4], 2));
    },
    '[1,1,4] row = square (x0)',
    '[1,1,4] row = mul (5, 2)',
    '[1,3,4] row = mul (x1, 6)',
    'outputs 7',
  ],
  [
    'a sum of a scaled tensor',
    (g, _, m, __, s) => g.sum([2], [1, 3], g.map('mul', [1, 3, 4], m, s)),
    '[1,3] row = fold sum [2](x1)',
    '[1,3] row = mul (4, captured1)',
    'outputs 5',
  ],
  [
    'a product of scaled rows and columns',
    (g, x, m) => {
      const rows = g.view(0, [0, 4, 0], [1, 3, 1], m);
      const scaled = g.map('mul', [1, 3, 4], g.map('mul', [1, 3, 4], m, rows), { ...x, shape: [1, 1, 4] });
      return g.product('tb', [1, 3, 1], scaled, g.map('tanh', [1, 1, 4], x));
    },
    '[1,3,1] row = view 0 [0,4,0](x1)',
    '[1,1,4] row = tanh (x0)',
    '[1,1,4] row = mul (5, x0)',
    '[1,3,1] row = product false true(x1, 6)',
    '[1,3,1] row = mul (7, 4)',
    'outputs 8',
  ],
  [
    'padded pieces that make a whole one',
    (g, x) => {
      const pad = (before: number, piece: Operand) =>
        g.node({ op: 'pad', before: [0, before], value: 0 }, [1, 4], [piece]);
      const [low, high] = [g.view(0, [4, 1], [1, 3], x), g.view(3, [4, 1], [1, 1], x)];
      return g.map('add', [1, 4], g.map('add', [1, 4], pad(1, low), x), pad(0, high));
    },
    '[1,3] row = view 0 [0,1](x0)',
    '[1,1] row = view 3 [0,0](x0)',
    '[1,4] row = concat 1(5, 4)',
    '[1,4] row = add (x0, 6)',
    'outputs 7',
  ],
  [
    'the same twice',
    (g, x, _, w) => g.map('sub', [1, 4], g.map('mul', [1, 4], x, w), g.map('mul', [1, 4], w, x)),
    '[1,4] row = mul (x0, captured0)',
    '[1,4] row = sub (4, 4)',
    'outputs 5',
  ],
];

describe('rules', () => {
  it.each(cases)('%s', (_, make, ...expected) => expect(simplified(make)).toEqual(expected));
});

/** A cell of z = [x, h] · W with the gradients that tfjs writes. x [1,2], h [1,3], W [5,3]. */
function cell() {
  const g = new Builder();
  const [x, h, w] = [g.x(1, 2), g.state(1, 3), g.captured(5, 3)];
  const z = g.concat(1, [1, 5], x, h);
  const next = g.map('tanh', [1, 3], g.product('', [1, 3], z, w));
  g.back();
  const d = g.map(
    'mul',
    [1, 3],
    g.stateSlope(1, 3),
    g.map('sub', [1, 3], g.constant([], 1), g.map('square', [1, 3], next)),
  );
  const dz = g.product('tb', [1, 5], d, w);
  const dw = g.product('ta', [5, 3], z, d, 'sum');
  const slices = [g.view(0, [5, 1], [1, 2], dz), g.view(2, [5, 1], [1, 3], dz)];
  return g.graph([next], [next], { x: slices.slice(0, 1), state: slices.slice(1), captured: [dw] });
}

describe('products of concats', () => {
  it('are split where a part does not need the state', () => {
    const graph = cell();
    check(graph);
    const after = simplify(graph);
    expectSame(graph, after, givenFor(graph, size), size);
    const text = show(after);
    expect(text).toMatch(/\[1,3\] row = product false false\(x0, \d+\)/);
    expect(text).toMatch(/\[2,3\] sum = product true false\(x0, \d+\)/);
    expect(text).toMatch(/\[1,2\] row = product false true/);
    expect(text).toMatch(/\[5,3\] sum = concat 0/);
    expect(text).not.toMatch(/row = concat/);
  });

  it('leave out what is not wanted', () => {
    const after = simplify(cell(), { x: [false] });
    expect(show(after)).not.toMatch(/\[1,2\] row = product/);
    expect(after.slopes.x).toEqual([undefined]);
  });
});

describe('recompute', () => {
  it('makes large values again just before they are read, and small ones not', () => {
    const g = new Builder();
    const [x, h, m] = [g.x(1, 4), g.state(1, 3), g.state(1, 3, 4)];
    const outer = g.map('mul', [1, 3, 4], { ...h, shape: [1, 3, 1] }, { ...x, shape: [1, 1, 4] });
    const sum = g.map('add', [1, 3, 4], outer, m);
    const steep = g.map('tanh', [1, 3, 4], sum);
    const next = g.map('mul', [1, 3, 4], steep, sum);
    g.back();
    const dNext = g.stateSlope(1, 3, 4);
    const early = g.map('mul', [1, 3, 4], dNext, steep);
    // The next state is kept anyway, though it is large and cheap.
    const dSum = g.map('mul', [1, 3, 4], early, g.map('add', [1, 3, 4], sum, next));
    const dh = g.sum([2], [1, 3], g.map('mul', [1, 3, 4], dSum, outer));
    const graph = g.graph([h], [h, next], { state: [dh, dSum] });
    check(graph);
    const after = recompute(graph, 12);
    expectSame(graph, after, givenFor(graph, size), size);
    const made = after.backward.map(({ op }) => (op.op === 'map' ? op.f : op.op));
    expect(made).toEqual(['mul', 'mul', 'add', 'add', 'mul', 'mul', 'fold']);
    expect(recompute(graph, 13)).toBe(graph);
  });
});
