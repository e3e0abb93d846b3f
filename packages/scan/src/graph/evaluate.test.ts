import { describe, expect, it } from 'vitest';
import { evaluate } from './evaluate.js';
import { BINARY, UNARY } from './functions.js';
import type { Op, Shape } from './graph.js';

type Given = readonly [data: readonly number[], shape: Shape];

const run = (op: Op, given: readonly Given[], shape: Shape) =>
  Array.from(
    evaluate(
      op,
      given.map(([data, of]) => ({ data: Float64Array.from(data), shape: of })),
      shape,
    ),
  );
const range = (count: number, from = 1) => Array.from({ length: count }, (_, i) => i + from);
const view = (offset: number, strides: number[]): Op => ({ op: 'view', offset, strides });
const cumulate = (f: 'sum' | 'prod', axis: number, exclusive: boolean, reverse: boolean): Op => ({
  op: 'cumulate',
  f,
  axis,
  exclusive,
  reverse,
});

const cases: [string, Op, Given[], Shape, number[]][] = [
  [
    'map adds a row and a column',
    { op: 'map', f: 'add' },
    [
      [[1, 2, 3], [3]],
      [
        [10, 20],
        [2, 1],
      ],
    ],
    [2, 3],
    [11, 12, 13, 21, 22, 23],
  ],
  ['map broadcasts beyond its operands', { op: 'map', f: 'neg' }, [[[2], []]], [2, 2], [-2, -2, -2, -2]],
  [
    'select takes the second where the first is not 0',
    { op: 'map', f: 'select' },
    [
      [[1, 0, 2], [3]],
      [[7], []],
      [[4, 5, 6], [3]],
    ],
    [3],
    [7, 5, 7],
  ],
  ['fold over one axis', { op: 'fold', f: 'sum', axes: [1] }, [[range(6), [2, 3]]], [2], [6, 15]],
  ['fold over all', { op: 'fold', f: 'prod', axes: [0, 1] }, [[range(4), [2, 2]]], [1, 1], [24]],
  ['fold over the outer axes', { op: 'fold', f: 'max', axes: [0, 2] }, [[range(8), [2, 2, 2]]], [2], [6, 8]],
  [
    'fold to the least',
    { op: 'fold', f: 'min', axes: [0] },
    [
      [
        [3, -1, 2, 5],
        [2, 2],
      ],
    ],
    [2],
    [2, -1],
  ],
  [
    'product',
    { op: 'product', transposeA: false, transposeB: false },
    [
      [range(6), [2, 3]],
      [range(6), [3, 2]],
    ],
    [2, 2],
    [22, 28, 49, 64],
  ],
  [
    'product of transposed operands',
    { op: 'product', transposeA: true, transposeB: true },
    [
      [
        [1, 4, 2, 5, 3, 6],
        [3, 2],
      ],
      [
        [1, 3, 5, 2, 4, 6],
        [2, 3],
      ],
    ],
    [2, 2],
    [22, 28, 49, 64],
  ],
  [
    'product broadcasts the front axes',
    { op: 'product', transposeA: false, transposeB: false },
    [
      [range(4), [2, 1, 2]],
      [
        [1, 0, 0, 2],
        [2, 2],
      ],
    ],
    [2, 1, 2],
    [1, 4, 3, 8],
  ],
  ['view slices', view(1, [3, 1]), [[range(6), [2, 3]]], [2, 2], [2, 3, 5, 6]],
  ['view transposes', view(0, [1, 3]), [[range(6), [2, 3]]], [3, 2], [1, 4, 2, 5, 3, 6]],
  ['view repeats', view(0, [0, 1]), [[range(2), [2]]], [2, 2], [1, 2, 1, 2]],
  ['view reverses', view(2, [-1]), [[range(3), [3]]], [3], [3, 2, 1]],
  [
    'concat',
    { op: 'concat', axis: 1 },
    [
      [
        [1, 2],
        [2, 1],
      ],
      [range(4, 3), [2, 2]],
    ],
    [2, 3],
    [1, 3, 4, 2, 5, 6],
  ],
  [
    'pad',
    { op: 'pad', before: [0, 1], value: 9 },
    [
      [
        [1, 2],
        [2, 1],
      ],
    ],
    [2, 3],
    [9, 1, 9, 9, 2, 9],
  ],
  ['running sums', cumulate('sum', 1, false, false), [[range(6), [2, 3]]], [2, 3], [1, 3, 6, 4, 9, 15]],
  [
    'running sums of those before, down the columns',
    cumulate('sum', 0, true, false),
    [[range(4), [2, 2]]],
    [2, 2],
    [0, 0, 1, 2],
  ],
  ['running products from the end', cumulate('prod', 0, false, true), [[range(3), [3]]], [3], [6, 6, 3]],
  ['running products of those behind', cumulate('prod', 0, true, true), [[range(3), [3]]], [3], [6, 3, 1]],
  [
    'gather rows',
    { op: 'gather', axis: 0 },
    [
      [range(6), [3, 2]],
      [[2, 0], [2]],
    ],
    [2, 2],
    [5, 6, 1, 2],
  ],
  [
    'gather columns',
    { op: 'gather', axis: 1 },
    [
      [range(6), [2, 3]],
      [[2, 2], [2]],
    ],
    [2, 2],
    [3, 3, 6, 6],
  ],
  [
    'segment sums',
    { op: 'segmentSum' },
    [
      [range(6), [3, 2]],
      [[1, 0, 1], [3]],
    ],
    [2, 2],
    [3, 4, 6, 8],
  ],
  [
    'argMax: the first of equals',
    { op: 'argMax', axis: 0 },
    [
      [
        [1, 3, 1, 5],
        [2, 2],
      ],
    ],
    [2],
    [0, 1],
  ],
  [
    'argMin: along the last axis',
    { op: 'argMin', axis: 1 },
    [
      [
        [3, 1, 1, 0, 2, 0],
        [2, 3],
      ],
    ],
    [2],
    [1, 0],
  ],
];

describe('evaluate', () => {
  it.each(cases)('%s', (_, op, given, shape, expected) => {
    expect(run(op, given, shape)).toEqual(expected);
  });

  it('softmax sums to 1 over the last axis, and takes large numbers', () => {
    const [a = 0, b = 0, c, d] = run(
      { op: 'softmax' },
      [
        [
          [1000, 1000 + Math.log(3), 0, 0],
          [2, 2],
        ],
      ],
      [2, 2],
    );
    expect(a).toBeCloseTo(0.25, 10);
    expect(b).toBeCloseTo(0.75, 10);
    expect([c, d]).toEqual([0.5, 0.5]);
  });

  it.each<[keyof typeof UNARY, number, number]>([
    ['round', 2.5, 2],
    ['round', 3.5, 4],
    ['round', -0.6, -1],
    ['sign', -3, -1],
    ['step', 0, 0],
    ['truncate', -1.7, -1],
    ['truth', -0.5, 1],
    ['not', 0, 1],
    ['isInf', -Infinity, 1],
    ['isNaN', NaN, 1],
    ['isFinite', NaN, 0],
    ['rsqrt', 4, 0.5],
  ])('%s of %d is %d', (f, x, y) => expect(UNARY[f](x)).toBe(y));

  it('gives erf to 2e-7 and softplus at both ends', () => {
    expect(UNARY.erf(0.5)).toBeCloseTo(0.5204998778, 6);
    expect(UNARY.erf(-2)).toBeCloseTo(-0.995322265, 6);
    expect(UNARY.softplus(1000)).toBe(1000);
    expect(UNARY.softplus(-1000)).toBe(0);
  });

  it.each<[keyof typeof BINARY, number, number, number]>([
    ['mod', -7, 3, 2],
    ['mod', 7, -3, -2],
    ['floorDiv', -7, 2, -4],
    ['greaterEqual', 2, 2, 1],
    ['less', 2, 2, 0],
    ['and', 2, 0, 0],
    ['or', 2, 0, 1],
    ['xor', 2, 3, 0],
    ['pow', 2, 3, 8],
  ])('%s of %d and %d is %d', (f, a, b, y) => expect(BINARY[f](a, b)).toBe(y));
});
