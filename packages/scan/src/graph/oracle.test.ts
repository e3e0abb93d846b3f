import { describe, expect, it } from 'vitest';
import { Builder } from './builder.js';
import { check } from './check.js';
import type { Graph } from './graph.js';
import { type Given, runGraph } from './oracle.js';

/** h' = tanh(x · W + exp(b) + h ⊙ s), the output h'². `w` [2, 3], `b` [3], `s` []. */
function cell(): Graph {
  const g = new Builder();
  const [x, h, w, b, s] = [g.x(1, 2), g.state(1, 3), g.captured(2, 3), g.captured(3), g.captured()];
  const power = g.map('exp', [3], b);
  const sum = g.map('add', [1, 3], g.product('', [1, 3], x, w), power);
  const next = g.map('tanh', [1, 3], g.map('add', [1, 3], sum, g.map('mul', [1, 3], h, s)));
  const output = g.map('square', [1, 3], next);
  g.back();
  const [dOut, dState] = [g.outputSlope(1, 3), g.stateSlope(1, 3)];
  const doubled = g.map('mul', [1, 3], g.constant([], 2), g.map('mul', [1, 3], next, dOut));
  const dNext = g.map('add', [1, 3], doubled, dState);
  const d = g.map('mul', [1, 3], dNext, g.map('sub', [1, 3], g.constant([], 1), output));
  const dx = g.product('tb', [1, 2], d, w);
  const dh = g.map('mul', [1, 3], d, s);
  const dw = g.product('ta', [2, 3], x, d, 'sum');
  const db = g.map('mul', [3], g.sum([0], [3], d, 'sum'), power);
  const ds = g.sum([0, 1], [], g.map('mul', [1, 3], d, h), 'sum');
  return g.graph([output], [next], { x: [dx], state: [dh], captured: [dw, db, ds] });
}

const numbers = (count: number, seed: number) =>
  Float64Array.from({ length: count }, (_, i) => Math.sin(12.9898 * (i + 1) * seed));
const [batch, time] = [2, 3];
const given: Given = {
  x: [numbers(batch * time * 2, 1)],
  state: [numbers(batch * 3, 2)],
  captured: [numbers(6, 3), numbers(3, 4), numbers(1, 5)],
  outputSlopes: [numbers(batch * time * 3, 6)],
  stateSlopes: [numbers(batch * 3, 7)],
};

describe('runGraph', () => {
  it('gives hand-computed values of one step', () => {
    const { outputs, state } = runGraph(
      cell(),
      {
        x: [Float64Array.of(1, 2)],
        state: [Float64Array.of(0.1, 0.2, 0.3)],
        captured: [
          Float64Array.of(0.1, 0.2, 0.3, 0.4, 0.5, 0.6),
          Float64Array.of(0, 0, Math.LN2),
          Float64Array.of(10),
        ],
      },
      { batch: 1, time: 1 },
    );
    const expected = [0.9 + 1 + 1, 1.2 + 1 + 2, 1.5 + 2 + 3].map(Math.tanh);
    expected.forEach((each, i) => {
      expect(state[0]?.[i]).toBeCloseTo(each, 12);
      expect(outputs[0]?.[i]).toBeCloseTo(each ** 2, 12);
    });
  });

  it('has gradients equal to differences over several sequences and steps', () => {
    const graph = cell();
    check(graph);
    const { slopes } = runGraph(graph, given, { batch, time });
    const loss = (at: Given) => {
      const { outputs, state } = runGraph(graph, at, { batch, time });
      const dot = (a: Float64Array | undefined, b: Float64Array | undefined) =>
        a?.reduce((sum, each, i) => sum + each * (b?.[i] ?? NaN), 0) ?? NaN;
      return dot(given.outputSlopes?.[0], outputs[0]) + dot(given.stateSlopes?.[0], state[0]);
    };
    for (const part of ['x', 'state', 'captured'] as const)
      given[part].forEach((data, leaf) => {
        data.forEach((_, i) => {
          const moved = (by: number) => {
            const copy = given[part].map((each) => each.slice());
            const of = copy[leaf];
            if (of) of[i] = (of[i] ?? 0) + by;
            return loss({ ...given, [part]: copy });
          };
          expect(slopes[part][leaf]?.[i]).toBeCloseTo((moved(1e-5) - moved(-1e-5)) / 2e-5, 7);
        });
      });
  });
});

describe('check', () => {
  const broken: [string, (g: Builder) => Graph, RegExp][] = [
    ['an operand computed later', (g) => g.graph([{ value: 1, shape: [1] }], []), /no value 1|before/],
    [
      'another count',
      (g) => g.graph([g.map('neg', [1, 4], { value: g.x(1, 4).value, shape: [2, 3] })], []),
      /as \[2,3\]/,
    ],
    ['too few operands', (g) => g.graph([g.map('add', [1, 4], g.x(1, 4))], []), /1 operands/],
    ['shapes that do not fit', (g) => g.graph([g.map('neg', [1, 3], g.x(1, 4))], []), /do not give/],
    [
      'depths that differ',
      (g) => g.graph([g.product('', [1, 3], g.x(1, 4), g.captured(5, 3))], []),
      /do not give/,
    ],
    [
      'a view out of range',
      (g) => g.graph([g.view(1, [0, 1], [1, 4], g.x(1, 4))], []),
      /view .* do not give/,
    ],
    [
      'a row called shared',
      (g) => g.graph([g.node({ op: 'map', f: 'neg' }, [1, 4], [g.x(1, 4)], 'shared')], []),
      /shared, of what is not/,
    ],
    [
      'a square of sums',
      (g) => {
        const d = g.outputSlope(1, 4);
        const sum = g.back().sum([0], [4], d, 'sum');
        return g.graph([], [], { captured: [g.map('square', [4], sum)] });
      },
      /not linear/,
    ],
    ['forward that reads a slope', (g) => g.graph([g.map('neg', [1, 4], g.outputSlope(1, 4))], []), /slope/],
    [
      'a row as the slope of something shared',
      (g) => g.graph([], [], { captured: [g.back().map('neg', [1, 4], g.outputSlope(1, 4))] }),
      /is row/,
    ],
  ];
  it.each(broken)('refuses %s', (_, make, message) => {
    expect(() => check(make(new Builder()))).toThrow(message);
  });
});
