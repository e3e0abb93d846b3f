import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Access, Loop } from '../../plan/work.js';
import { type Level, nestOf } from './nest.js';

const access = (...strides: number[]): Access => ({ cell: 0, offset: 0, strides });
const empty = { kind: 'loop', pass: 'forward', order: 'row', terms: [], stores: [], reductions: [] } as const;
const copyOver = (sizes: number[], from: Access, to: Access): Loop => ({
  ...empty,
  sizes,
  stores: [{ from: { kind: 'cell', access: from }, to }],
});
const sumOver = (sizes: number[], over: boolean[], from: Access, to: Access): Loop => ({
  ...empty,
  sizes,
  reductions: [{ f: 'sum', from: { kind: 'cell', access: from }, over, to }],
});

/** The indices that a nest visits, in order. */
function visited(levels: readonly Level[], rank: number): string[] {
  const all = levels.reduce<number[][]>(
    (before, { axis, size, times }) =>
      before.flatMap((index) =>
        Array.from({ length: size }, (_, i) => index.map((n, k) => (k === axis ? n + i * times : n))),
      ),
    [new Array<number>(rank).fill(0)],
  );
  return all.map(String);
}

const loops = fc
  .array(
    fc.record({
      size: fc.constantFrom(1, 2, 3, 8, 33, 48),
      stride: fc.constantFrom(0, 1, 2, 48),
      to: fc.constantFrom(0, 1, 48),
      over: fc.boolean(),
    }),
    { minLength: 1, maxLength: 3 },
  )
  .map((axes) => {
    const [sizes, from] = [axes.map(({ size }) => size), access(...axes.map(({ stride }) => stride))];
    const to = access(...axes.map((axis) => (axis.over ? 0 : axis.to)));
    return axes.some(({ over }) => over)
      ? sumOver(
          sizes,
          axes.map(({ over }) => over),
          from,
          to,
        )
      : copyOver(sizes, from, to);
  });

describe('a nest', () => {
  it('visits each index once', () => {
    fc.assert(
      fc.property(loops, (loop) => {
        const found = visited(nestOf(loop), loop.sizes.length);
        const natural = loop.sizes.map((size, axis) => ({ axis, size, times: 1 }));
        expect(found.sort()).toEqual(visited(natural, loop.sizes.length).sort());
      }),
    );
  });

  it('has vectors along the axis whose numbers follow each other', () => {
    expect(nestOf(copyOver([8, 12], access(1, 8), access(1, 8))).at(-1)?.axis).toBe(0);
    expect(nestOf(copyOver([8, 12], access(12, 1), access(12, 1))).at(-1)?.axis).toBe(1);
    // A store that scatters costs more than a load that gathers.
    expect(nestOf(copyOver([8, 12], access(1, 8), access(12, 1))).at(-1)?.axis).toBe(1);
  });

  it('sums rows in parts that fit registers', () => {
    expect(nestOf(sumOver([5, 64], [true, false], access(64, 1), access(0, 1)))).toEqual([
      { axis: 1, size: 2, times: 32 },
      { axis: 0, size: 5, times: 1 },
      { axis: 1, size: 32, times: 1 },
    ]);
  });

  it('leaves rows that no part divides in one', () => {
    const levels = nestOf(sumOver([5, 37], [true, false], access(37, 1), access(0, 1)));
    expect(levels.map(({ size }) => size)).toEqual([5, 37]);
  });
});
