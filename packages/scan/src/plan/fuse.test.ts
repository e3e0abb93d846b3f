import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countOf, stridesOf } from '../graph/graph.js';
import { fuse, withoutIdleStores } from './fuse.js';
import { type Access, type Argument, type Call, type Loop, readsOf, writesOf } from './work.js';

const access = (cell: number, ...strides: number[]): Access => ({ cell, offset: 0, strides });
const register: Argument = { kind: 'register', index: 0 };
const empty = { kind: 'loop', pass: 'forward', order: 'row', terms: [], stores: [], reductions: [] } as const;

/** to = −from */
const negate = (sizes: readonly number[], from: Access, to: Access): Loop => ({
  ...empty,
  sizes,
  terms: [{ f: 'neg', args: [{ kind: 'cell', access: from }] }],
  stores: [{ from: register, to }],
});
const sum = (sizes: readonly number[], over: readonly boolean[], from: Access, to: Access): Loop => ({
  ...empty,
  sizes,
  reductions: [{ f: 'sum', from: { kind: 'cell', access: from }, over, to }],
});
const call = (from: number, to: number): Call => ({
  kind: 'call',
  pass: 'forward',
  order: 'row',
  name: 'cumulate',
  args: [],
  reads: [from],
  writes: to,
});

describe('fused loops', () => {
  it('keep what the first hands to the second in a register', () => {
    const [one, ...others] = fuse([
      negate([4], access(0, 1), access(1, 1)),
      negate([4], access(1, 1), access(2, 1)),
    ]);
    expect(others).toEqual([]);
    expect(one).toMatchObject({
      terms: [{ f: 'neg' }, { f: 'neg', args: [{ kind: 'register', index: 0 }] }],
    });
    const idle = withoutIdleStores(one === undefined ? [] : [one], (cell) => cell === 2);
    expect(idle.flatMap(writesOf)).toEqual([2]);
  });

  it.each<[string, Loop, Loop]>([
    [
      'the second needs a complete sum of the first',
      sum([4], [true], access(0, 1), access(1, 0)),
      negate([4], access(1, 0), access(2, 1)),
    ],
    [
      'the second reads the numbers in another order',
      negate([4, 4], access(0, 4, 1), access(1, 4, 1)),
      negate([4, 4], access(1, 1, 4), access(2, 4, 1)),
    ],
    [
      'they go over other counts',
      negate([4], access(0, 1), access(1, 1)),
      negate([8], access(0, 1), access(2, 1)),
    ],
    [
      'rows would not fill vectors',
      negate([2, 3], access(0, 3, 1), access(1, 3, 1)),
      negate([6], access(0, 1), access(2, 1)),
    ],
  ])('are not joined where %s', (_why, first, second) => {
    expect(fuse([first, second])).toEqual([first, second]);
  });

  it('go over the longer list of axes where one of them is flat', () => {
    const works = fuse([
      negate([8], access(0, 1), access(1, 1)),
      sum([2, 4], [false, true], access(1, 4, 1), access(2, 1, 0)),
    ]);
    expect(works).toMatchObject([{ sizes: [2, 4], reductions: [{ from: register }] }]);
  });

  it('are not joined across a call that needs one and feeds the other', () => {
    const works = [
      negate([4], access(0, 1), access(1, 1)),
      call(1, 2),
      negate([4], access(2, 1), access(3, 1)),
    ];
    expect(fuse(works)).toEqual(works);
  });

  it('are not joined where they would wait for each other through three others', () => {
    const works = fuse([
      negate([4], access(0, 1), access(1, 1)),
      call(1, 2),
      negate([8], access(0, 1), access(3, 1)),
      negate([12], access(0, 1), access(4, 1)),
      negate([4], access(3, 0), access(5, 1)),
      negate([8], access(4, 0), access(6, 1)),
      // Reads what the call writes, which waits for the loop of 4, that for the one of 8, that for the one of 12.
      negate([12], access(2, 1), access(7, 1)),
    ]);
    const sizes = works.map((work) => (work.kind === 'loop' ? work.sizes[0] : work.kind));
    expect(sizes).toEqual([12, 8, 4, 'call', 12]);
  });

  it('are joined past a call that has nothing to do with them', () => {
    const works = fuse([
      negate([4], access(0, 1), access(1, 1)),
      call(0, 5),
      negate([4], access(1, 1), access(3, 1)),
    ]);
    expect(works.map(({ kind }) => kind).sort()).toEqual(['call', 'loop']);
  });
});

/** Runs negations, sums and calls (which double) on cells of eight numbers. */
function run(works: readonly (Loop | Call)[], cells: Map<number, number[]>): void {
  const cellOf = (cell: number) => cells.get(cell) ?? new Array<number>(8).fill(Number.NaN);
  const write = (to: number, place: number, value: number) =>
    cells.set(
      to,
      cellOf(to).map((old, i) => (i === place ? value : old)),
    );
  const placeIn = ({ offset, strides }: Access, index: readonly number[]) =>
    index.reduce((place, i, axis) => place + i * (strides[axis] ?? 0), offset);
  for (const work of works) {
    if (work.kind === 'call') {
      cells.set(
        work.writes,
        cellOf(work.reads[0] ?? -1).map((n) => 2 * n),
      );
      continue;
    }
    for (const { to } of work.reductions) cells.set(to.cell, new Array<number>(8).fill(0));
    const natural = stridesOf(work.sizes);
    for (let i = 0; i < countOf(work.sizes); i++) {
      const index = work.sizes.map((size, axis) => Math.floor(i / (natural[axis] ?? 1)) % size);
      const registers: number[] = [];
      const numberOf = (argument: Argument | undefined): number => {
        if (argument?.kind === 'register') return registers[argument.index] ?? Number.NaN;
        if (argument?.kind !== 'cell') return Number.NaN;
        return cellOf(argument.access.cell)[placeIn(argument.access, index)] ?? Number.NaN;
      };
      for (const { args } of work.terms) registers.push(-numberOf(args[0]));
      for (const { from, to } of work.stores) write(to.cell, placeIn(to, index), numberOf(from));
      for (const { from, to } of work.reductions) {
        const place = placeIn(to, index);
        write(to.cell, place, (cellOf(to.cell)[place] ?? 0) + numberOf(from));
      }
    }
  }
}

const shapes = [[8], [2, 4], [4, 2], [2, 2, 2], [1, 8]];
/** Works that each read an earlier cell and write the next. */
const programs = fc
  .array(
    fc.record({ from: fc.nat(99), kind: fc.nat(4), shape: fc.nat(shapes.length - 1), mask: fc.nat(7) }),
    { minLength: 2, maxLength: 12 },
  )
  .map((draws) =>
    draws.map(({ from, kind, shape, mask }, i): Loop | Call => {
      const sizes = shapes[shape] ?? [8];
      const [cell, natural] = [from % (i + 1), stridesOf(sizes)];
      if (kind === 0) return call(cell, i + 1);
      const over = sizes.map((_, axis) => ((mask >> axis) & 1) === 1);
      const isSum = kind === 1 && over.includes(true);
      const kept = stridesOf(sizes.map((size, axis) => (over[axis] ? 1 : size)));
      if (isSum) {
        const strides = kept.map((stride, axis) => (over[axis] ? 0 : stride));
        return sum(sizes, over, access(cell, ...natural), access(i + 1, ...strides));
      }
      const strides = kind === 2 ? natural.map((stride) => Math.min(stride, mask % 2)) : natural;
      return negate(sizes, access(cell, ...strides), access(i + 1, ...natural));
    }),
  );

describe('random works, fused', () => {
  const cells = () => new Map([[0, [1, 2, 3, 4, 5, 6, 7, 8]]]);

  it('compute the same numbers', () => {
    fc.assert(
      fc.property(programs, (works) => {
        const [expected, found] = [cells(), cells()];
        run(works, expected);
        run(fuse(works), found);
        expect(found).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('write what is wanted without idle stores', () => {
    fc.assert(
      fc.property(programs, (works) => {
        const last = works.length;
        const [expected, found] = [cells(), cells()];
        run(works, expected);
        const kept = withoutIdleStores(fuse(works), (cell) => cell === last);
        run(kept, found);
        expect(found.get(last)).toEqual(expected.get(last));
        const read = new Set(kept.flatMap(readsOf));
        for (const work of kept.filter(({ kind }) => kind === 'loop'))
          for (const { to } of work.kind === 'loop' ? work.stores : [])
            expect(to.cell === last || read.has(to.cell)).toBe(true);
      }),
    );
  });
});
