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

  test('beyond their ranges they are finite, and e^x is 0 far below', () => {
    const far = [-1e30, -1e4, -200, 200, 1e4, 1e30, 0, -0];
    expect(Array.from(values('exp', far)).every(Number.isFinite)).toBe(true);
    expect(values('exp', far).slice(0, 3)).toEqual(Float32Array.of(0, 0, 0));
    expect(Array.from(values('tanh', far)).every((y) => Math.abs(y) <= 1)).toBe(true);
    expect(Array.from(values('sigmoid', far)).every((y) => y >= 0 && y <= 1)).toBe(true);
    expect(Array.from(values('softplus', far)).every((y) => y >= 0 && Number.isFinite(y))).toBe(true);
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
