import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instantiate, kinds } from './testing.js';

const size = fc.integer({ min: 1, max: 7 });
const shape = fc.tuple(size, size, size);
type Shape3 = readonly [number, number, number];

/** Where each tensor stands, in floats. */
const [OUT, FIRST, SECOND] = [0, 1024, 2048];

function filled(count: number): number[] {
  return Array.from({ length: count }, (_, i) => Math.fround(Math.sin(7 * i + 1)));
}

describe.each(kinds)('%s', (kind) => {
  const program = instantiate(kind, () => {});

  /** Calls a kernel that takes (out, first, …): pointers as bytes. @returns `count` numbers and the one behind them */
  function outOf(count: number, name: string, first: readonly number[], ...args: number[]): number[] {
    program.floats.fill(-99, OUT, FIRST);
    program.floats.set(first, FIRST);
    program.call(name, 4 * OUT, 4 * FIRST, ...args);
    expect(program.floats[OUT + count]).toBe(-99);
    return [...program.floats.subarray(OUT, OUT + count)];
  }

  function at(values: readonly number[], [, n, inner]: Shape3, i: number, k: number, j: number): number {
    return values[(i * n + k) * inner + j] ?? NaN;
  }

  /** [outer, n, inner] of what `of` says. */
  function tensorOf([outer, n, inner]: Shape3, of: (i: number, k: number, j: number) => number): number[] {
    return Array.from({ length: outer * n * inner }, (_, index) => {
      const [row, j] = [Math.floor(index / inner), index % inner];
      return Math.fround(of(Math.floor(row / n), row % n, j));
    });
  }

  it('copies rows', () => {
    fc.assert(
      fc.property(size, fc.integer({ min: 0, max: 11 }), size, size, (rows, count, gap, gapTo) => {
        const [step, stepTo] = [count + gap, count + gapTo];
        const x = filled(rows * step);
        const y = outOf(rows * stepTo, 'copyRows', x, 0, 0, 0, 0);
        expect(y.every((each) => each === -99)).toBe(true);
        program.call('copyRows', 4 * OUT, 4 * stepTo, 4 * FIRST, 4 * step, count, rows);
        const wanted = tensorOf([1, rows, stepTo], (_, i, j) => (j < count ? (x[i * step + j] ?? NaN) : -99));
        expect([...program.floats.subarray(OUT, OUT + rows * stepTo)]).toEqual(wanted);
      }),
    );
  });

  it('cumulates', () => {
    fc.assert(
      fc.property(shape, fc.boolean(), fc.boolean(), fc.boolean(), (s, product, exclusive, reverse) => {
        const x = filled(s[0] * s[1] * s[2]);
        const wanted = tensorOf(s, (i, k, j) => {
          let total = product ? 1 : 0;
          for (let each = 0; each < s[1]; each++) {
            const before = reverse ? each > k : each < k;
            if (!before && (exclusive || each !== k)) continue;
            total = product ? total * at(x, s, i, each, j) : total + at(x, s, i, each, j);
          }
          return total;
        });
        const got = outOf(x.length, 'cumulate', x, ...s, Number(product), Number(exclusive), Number(reverse));
        got.forEach((y, i) => void expect(y).toBeCloseTo(wanted[i] ?? NaN, 6));
      }),
    );
  });

  const index = fc.oneof(
    fc.integer({ min: -1, max: 8 }),
    fc.constantFrom(NaN, Infinity, -Infinity, 3e9, -3e9, 2 ** 32),
  );
  const indices = fc.array(index, { minLength: 1, maxLength: 6 });

  it('gathers; NaN for what is not an index', () => {
    fc.assert(
      fc.property(shape, indices, (s, places) => {
        const x = filled(s[0] * s[1] * s[2]);
        program.floats.set(places, SECOND);
        const out: Shape3 = [s[0], places.length, s[2]];
        const wanted = tensorOf(out, (i, k, j) => {
          const place = places[k] ?? NaN;
          return place >= 0 && place < s[1] ? at(x, s, i, place, j) : NaN;
        });
        expect(outOf(wanted.length, 'gather', x, 4 * SECOND, ...s, places.length)).toEqual(wanted);
      }),
    );
  });

  it('sums segments, without what is not an index', () => {
    fc.assert(
      fc.property(size, size, indices, (segments, inner, places) => {
        const x = filled(places.length * inner);
        program.floats.set(places, SECOND);
        const wanted = tensorOf([1, segments, inner], (_, segment, j) =>
          places.reduce((sum, place, i) => sum + (place === segment ? (x[i * inner + j] ?? NaN) : 0), 0),
        );
        const got = outOf(wanted.length, 'segmentSum', x, 4 * SECOND, places.length, segments, inner);
        got.forEach((y, i) => void expect(y).toBeCloseTo(wanted[i] ?? NaN, 6));
      }),
    );
  });

  it('finds the first greatest and least, as tfjs does with NaN', () => {
    fc.assert(
      fc.property(
        shape,
        fc.boolean(),
        fc.infiniteStream(fc.constantFrom(1, 2, 3, -1, 0, NaN)),
        (s, least, numbers) => {
          const x = [...numbers.take(s[0] * s[1] * s[2])];
          const wanted = tensorOf([s[0], 1, s[2]], (i, _, j) => {
            let best = 0;
            for (let k = 0; k < s[1]; k++) {
              const [each, most] = [at(x, s, i, k, j), at(x, s, i, best, j)];
              if (least ? each < most : each > most) best = k;
            }
            return best;
          });
          expect(outOf(wanted.length, 'argExtreme', x, ...s, Number(least))).toEqual(wanted);
        },
      ),
    );
  });
});
