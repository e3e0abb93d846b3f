import { beforeAll, describe, expect, test } from 'vitest';
import { type Assembled, assembled } from './assembled.js';

const log1p = Math.log1p;
const softplus = (x: number) => Math.max(x, 0) + log1p(Math.exp(-Math.abs(x)));
const relative = (got: number, wanted: number) => Math.abs(got - wanted) / Math.abs(wanted);

describe.each(['simd', 'relaxed'] as const)('%s: error over a sweep of 65,536 numbers', (kind) => {
  let module: Assembled;
  beforeAll(async () => {
    module = await assembled('../../packages/core/assembly/doors.ts', kind);
  }, 60_000);

  test.each([
    { door: 'exp', of: Math.exp, from: -87, to: 88, bound: 2e-7, error: relative },
    { door: 'tanh', of: Math.tanh, from: -12, to: 12, bound: 4e-7, error: relative },
    { door: 'tanh', of: Math.tanh, from: -1e-3, to: 1e-3, bound: 4e-7, error: relative },
    {
      door: 'sigmoid',
      of: (x: number) => 1 / (1 + Math.exp(-x)),
      from: -86,
      to: 86,
      bound: 3e-7,
      error: relative,
    },
    { door: 'softplus', of: softplus, from: -86, to: 86, bound: 3e-7, error: relative },
  ])('$door on [$from, $to] within $bound, relative', ({ door, of, from, to, bound, error }) => {
    expect(worst(door, of, sweep(from, to), error)).toBeLessThan(bound);
  });

  test('log on 1e-30 … 1e30 within 2e-7 of max(|log x|, 1)', () => {
    const x = sweep(-30, 30).map((power) => Math.fround(10 ** power));
    const error = (got: number, wanted: number) => Math.abs(got - wanted) / Math.max(Math.abs(wanted), 1);
    expect(worst('log', Math.log, x, error)).toBeLessThan(2e-7);
    expect(worst('log', Math.log, sweep(0.5, 2), error)).toBeLessThan(2e-7);
  });

  test('beyond their ranges e^x is 0 or Infinity, and the others are finite', () => {
    const far = [-1e30, -1e4, -200, 200, 1e4, 1e30, 0, -0];
    const infinite = Number.POSITIVE_INFINITY;
    expect(values('exp', far)).toEqual(Float32Array.of(0, 0, 0, infinite, infinite, infinite, 1, 1));
    expect(Array.from(values('tanh', far)).every((y) => Math.abs(y) <= 1)).toBe(true);
    expect(Array.from(values('sigmoid', far)).every((y) => y >= 0 && y <= 1)).toBe(true);
    expect(Array.from(values('softplus', far)).every((y) => y >= 0 && Number.isFinite(y))).toBe(true);
  });

  const infinite = Number.POSITIVE_INFINITY;
  test.each([
    { door: 'exp', limits: [0, 1, infinite] },
    { door: 'tanh', limits: [-1, 0, 1] },
    { door: 'sigmoid', limits: [0, 0.5, 1] },
    { door: 'softplus', limits: [0, Math.LN2, infinite] },
  ])('$door: NaN gives NaN, and −∞, subnormals, ±0 and ∞ what their limits are', ({ door, limits }) => {
    const middle = [-1e-40, -1e-45, -0, 0, 1e-45, 1e-40, 1e-30, -1e-30];
    const x = [Number.NaN, Number.NEGATIVE_INFINITY, infinite, ...middle, Number.NaN];
    const [nan, low, high, ...rest] = values(door, x);
    expect([nan, rest.pop()]).toEqual([Number.NaN, Number.NaN]);
    const near = (got: number | undefined, wanted = 0) =>
      got === wanted || Math.abs((got ?? Number.NaN) - wanted) < 4e-7;
    expect([near(low, limits[0]), near(high, limits[2])]).toEqual([true, true]);
    expect(rest.every((each) => near(each, limits[1]))).toBe(true);
  });

  test('NaN of any payload and sign gives NaN in every lane, and only there', () => {
    const bits = [
      0x7fc00001, 0x7f800001, 0xffc00000, 0xffffffff, 0x7fc001ff, 0x7fffffff, 0xff800100, 0x7fc00100,
    ];
    for (const door of ['exp', 'log', 'tanh', 'sigmoid', 'softplus']) {
      module.clear();
      const [x, out] = [module.integers(bits.flatMap((each) => [each, 0x3f000000])), module.space(16)];
      module.call(door, out, x, 16);
      const nan = Array.from(module.read(out, 16), Number.isNaN);
      expect(nan, door).toEqual(Array.from({ length: 16 }, (_, i) => i % 2 === 0));
    }
  });

  test('log of Infinity is Infinity, of 1 is 0, and of the least normal number is right', () => {
    const [infinity, zero, least = 0] = values('log', [infinite, 1, 2 ** -126, 1]);
    expect([infinity, zero]).toEqual([infinite, 0]);
    expect(relative(least, -126 * Math.LN2)).toBeLessThan(2e-7);
  });

  test('log near 1 is relatively right, which sharpening depends on', () => {
    expect(worst('log', Math.log, sweep(0.9, 1.1), relative)).toBeLessThan(2e-7);
  });

  function values(door: string, x: readonly number[]): Float32Array {
    module.clear();
    const out = module.space(x.length);
    module.call(door, out, module.floats(x), x.length);
    return module.read(out, x.length);
  }

  function worst(
    door: string,
    of: (x: number) => number,
    x: readonly number[],
    error: (got: number, wanted: number) => number,
  ): number {
    return values(door, x).reduce((most, got, i) => {
      const at = x[i] ?? 0;
      return at === 0 ? most : Math.max(most, error(got, of(at)));
    }, 0);
  }
});

function sweep(from: number, to: number): number[] {
  const count = 65_536;
  return Array.from({ length: count }, (_, i) => Math.fround(from + ((to - from) * i) / (count - 1)));
}
