import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Code,
  f32,
  f32x4,
  f64,
  i32,
  i32x4,
  memoryCopy,
  memoryFill,
  multiplyAdd,
  type Type,
  v128,
} from './code.js';
import { compiled, kinds } from './testing.js';

/** The value of an expression. */
function result(type: Type, code: Code): number {
  return compiled([], [type], (fn) => fn.add(code)).call('run');
}

/** The four lanes of an expression. */
function lanesOf(code: Code, integers = false): number[] {
  const program = compiled([], [], (fn) => fn.add(v128.store(i32.const(64), code)));
  program.call('run');
  return [...(integers ? program.integers : program.floats).subarray(16, 20)];
}

const c = i32.const;
const a = v128.const(1.5, -2.5, NaN, 4);
const b = v128.const(2, -2.5, 1, -8);

describe('i32', () => {
  it.each<[string, Code, number]>([
    ['eqz', i32.eqz(c(0)), 1],
    ['eq', i32.eq(c(3), c(4)), 0],
    ['ne', i32.ne(c(3), c(4)), 1],
    ['ltS', i32.ltS(c(-1), c(1)), 1],
    ['ltU', i32.ltU(c(-1), c(1)), 0],
    ['gtS', i32.gtS(c(-1), c(1)), 0],
    ['gtU', i32.gtU(c(-1), c(1)), 1],
    ['leS', i32.leS(c(-1), c(1)), 1],
    ['leU', i32.leU(c(-1), c(1)), 0],
    ['geS', i32.geS(c(-1), c(1)), 0],
    ['geU', i32.geU(c(-1), c(1)), 1],
    ['add', i32.add(c(7), c(-9)), -2],
    ['sub', i32.sub(c(7), c(-9)), 16],
    ['mul', i32.mul(c(7), c(-9)), -63],
    ['divS', i32.divS(c(-9), c(2)), -4],
    ['divU', i32.divU(c(-9), c(2)), 2147483643],
    ['remS', i32.remS(c(-9), c(4)), -1],
    ['remU', i32.remU(c(-9), c(4)), 3],
    ['and', i32.and(c(12), c(10)), 8],
    ['or', i32.or(c(12), c(10)), 14],
    ['xor', i32.xor(c(12), c(10)), 6],
    ['shl', i32.shl(c(3), c(4)), 48],
    ['shrS', i32.shrS(c(-16), c(2)), -4],
    ['shrU', i32.shrU(c(-16), c(28)), 15],
    ['truncate', i32.truncate(f32.const(-3.9)), -3],
    ['truncate of NaN', i32.truncate(f32.const(NaN)), 0],
    ['reinterpret', i32.reinterpret(f32.const(1)), 0x3f800000],
  ])('%s', (_, code, expected) => {
    expect(result('i32', code)).toBe(expected);
  });

  it('has constants of any size', () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer(), fc.integer({ min: -200, max: 200 }), fc.nat(2 ** 32 - 1)), (n) => {
        expect(result('i32', c(n))).toBe(n | 0);
      }),
    );
    for (const n of [
      63,
      64,
      -64,
      -65,
      8191,
      8192,
      -8192,
      -8193,
      2 ** 31 - 1,
      -(2 ** 31),
      2 ** 31,
      2 ** 32 - 1,
    ]) {
      expect(result('i32', c(n))).toBe(n | 0);
    }
  });
});

describe('f32 and f64', () => {
  const x = f32.const(2.5);
  const y = f32.const(-4);
  it.each<[string, Type, Code, number]>([
    ['eq', 'i32', f32.eq(x, x), 1],
    ['ne', 'i32', f32.ne(x, x), 0],
    ['lt', 'i32', f32.lt(x, y), 0],
    ['gt', 'i32', f32.gt(x, y), 1],
    ['le', 'i32', f32.le(x, x), 1],
    ['ge', 'i32', f32.ge(y, x), 0],
    ['abs', 'f32', f32.abs(y), 4],
    ['neg', 'f32', f32.neg(y), 4],
    ['ceil', 'f32', f32.ceil(x), 3],
    ['floor', 'f32', f32.floor(x), 2],
    ['trunc', 'f32', f32.trunc(f32.neg(x)), -2],
    ['nearest', 'f32', f32.nearest(f32.const(3.5)), 4],
    ['sqrt', 'f32', f32.sqrt(f32.abs(y)), 2],
    ['add', 'f32', f32.add(x, y), -1.5],
    ['sub', 'f32', f32.sub(x, y), 6.5],
    ['mul', 'f32', f32.mul(x, y), -10],
    ['div', 'f32', f32.div(x, y), -0.625],
    ['min', 'f32', f32.min(x, y), -4],
    ['max', 'f32', f32.max(x, y), 2.5],
    ['max with NaN', 'f32', f32.max(x, f32.const(NaN)), NaN],
    ['convert', 'f32', f32.convert(c(-7)), -7],
    ['demote', 'f32', f32.demote(f64.const(0.1)), Math.fround(0.1)],
    ['reinterpret', 'f32', f32.reinterpret(c(0x3f800000)), 1],
    ['const', 'f32', f32.const(0.1), Math.fround(0.1)],
    ['const', 'f64', f64.const(0.1), 0.1],
    ['promote', 'f64', f64.promote(f32.const(0.1)), Math.fround(0.1)],
    ['sqrt', 'f64', f64.sqrt(f64.const(2)), Math.SQRT2],
    ['add', 'f64', f64.add(f64.const(0.1), f64.const(0.2)), 0.1 + 0.2],
    ['sub', 'f64', f64.sub(f64.const(0.1), f64.const(0.2)), -0.1],
    ['mul', 'f64', f64.mul(f64.const(0.1), f64.const(0.2)), 0.1 * 0.2],
    ['div', 'f64', f64.div(f64.const(0.1), f64.const(0.3)), 0.1 / 0.3],
  ])('%s of %s', (_, type, code, expected) => {
    expect(result(type, code)).toBe(expected);
  });
});

describe('f32x4', () => {
  const yes = 0xffffffff | 0;
  const rounded = v128.const(1.5, -2.5, 2.4, -0.6);
  it.each<[string, Code, number[]]>([
    ['splat', f32x4.splat(f32.const(3)), [3, 3, 3, 3]],
    ['replaceLane', f32x4.replaceLane(b, 2, f32.const(9)), [2, -2.5, 9, -8]],
    ['ceil', f32x4.ceil(rounded), [2, -2, 3, -0]],
    ['floor', f32x4.floor(rounded), [1, -3, 2, -1]],
    ['trunc', f32x4.trunc(rounded), [1, -2, 2, -0]],
    ['nearest', f32x4.nearest(rounded), [2, -2, 2, -1]],
    ['abs', f32x4.abs(a), [1.5, 2.5, NaN, 4]],
    ['neg', f32x4.neg(a), [-1.5, 2.5, NaN, -4]],
    ['sqrt', f32x4.sqrt(v128.const(4, 9, -1, 0)), [2, 3, NaN, 0]],
    ['add', f32x4.add(a, b), [3.5, -5, NaN, -4]],
    ['sub', f32x4.sub(a, b), [-0.5, 0, NaN, 12]],
    ['mul', f32x4.mul(a, b), [3, 6.25, NaN, -32]],
    ['div', f32x4.div(a, b), [0.75, 1, NaN, -0.5]],
    ['min', f32x4.min(a, b), [1.5, -2.5, NaN, -8]],
    ['max', f32x4.max(a, b), [2, -2.5, NaN, 4]],
    ['pmin', f32x4.pmin(b, a), [1.5, -2.5, 1, -8]],
    ['pmax', f32x4.pmax(b, a), [2, -2.5, 1, 4]],
    ['convert', f32x4.convert(i32x4.splat(c(-5))), [-5, -5, -5, -5]],
    ['relaxedMadd', f32x4.relaxedMadd(a, b, b), [5, 3.75, NaN, -40]],
    ['relaxedNmadd', f32x4.relaxedNmadd(a, b, b), [-1, -8.75, NaN, 24]],
  ])('%s', (_, code, expected) => {
    expect(lanesOf(code)).toEqual(expected);
  });

  it.each<[string, Code, number[]]>([
    ['eq', f32x4.eq(a, b), [0, yes, 0, 0]],
    ['ne', f32x4.ne(a, b), [yes, 0, yes, yes]],
    ['lt', f32x4.lt(a, b), [yes, 0, 0, 0]],
    ['le', f32x4.le(a, b), [yes, yes, 0, 0]],
    ['gt', f32x4.gt(a, b), [0, 0, 0, yes]],
    ['ge', f32x4.ge(a, b), [0, yes, 0, yes]],
  ])('%s', (_, code, expected) => {
    expect(lanesOf(code, true)).toEqual(expected);
  });

  it('extracts lanes', () => {
    expect([0, 1, 3].map((lane) => result('f32', f32x4.extractLane(a, lane)))).toEqual([1.5, -2.5, 4]);
  });

  it('multiplies and adds with relaxed instructions and without', () => {
    const { madd, nmadd } = multiplyAdd(false);
    expect(lanesOf(madd(a, b, b))).toEqual([5, 3.75, NaN, -40]);
    expect(lanesOf(nmadd(a, b, b))).toEqual([-1, -8.75, NaN, 24]);
    expect(lanesOf(multiplyAdd(true).madd(a, b, b))).toEqual([5, 3.75, NaN, -40]);
    expect(lanesOf(multiplyAdd(true).nmadd(a, b, b))).toEqual([-1, -8.75, NaN, 24]);
  });
});

describe('i32x4', () => {
  const lanes = (...values: [number, number, number, number]): Code =>
    values.reduce<Code>((v, value, lane) => i32x4.replaceLane(v, lane, c(value)), i32x4.splat(c(0)));
  const m = lanes(1, -2, 300, 4);
  const n = lanes(1, 2, -3, 40);
  it.each<[string, Code, number[]]>([
    ['eq', i32x4.eq(m, n), [-1, 0, 0, 0]],
    ['ne', i32x4.ne(m, n), [0, -1, -1, -1]],
    ['ltS', i32x4.ltS(m, n), [0, -1, 0, -1]],
    ['gtS', i32x4.gtS(m, n), [0, 0, -1, 0]],
    ['leS', i32x4.leS(m, n), [-1, -1, 0, -1]],
    ['geS', i32x4.geS(m, n), [-1, 0, -1, 0]],
    ['shl', i32x4.shl(m, c(2)), [4, -8, 1200, 16]],
    ['shrS', i32x4.shrS(m, c(1)), [0, -1, 150, 2]],
    ['shrU', i32x4.shrU(m, c(28)), [0, 15, 0, 0]],
    ['add', i32x4.add(m, n), [2, 0, 297, 44]],
    ['sub', i32x4.sub(m, n), [0, -4, 303, -36]],
    ['mul', i32x4.mul(m, n), [1, -4, -900, 160]],
    ['truncate', i32x4.truncate(a), [1, -2, 0, 4]],
  ])('%s', (_, code, expected) => {
    expect(lanesOf(code, true)).toEqual(expected);
  });

  it('gives lanes and signs', () => {
    expect(result('i32', i32x4.extractLane(m, 2))).toBe(300);
    expect(result('i32', i32x4.bitmask(m))).toBe(2);
  });
});

describe('v128', () => {
  it.each<[string, Code, number[]]>([
    ['not', v128.not(i32x4.splat(c(5))), [-6, -6, -6, -6]],
    ['and', v128.and(i32x4.splat(c(12)), i32x4.splat(c(10))), [8, 8, 8, 8]],
    ['andnot', v128.andnot(i32x4.splat(c(12)), i32x4.splat(c(10))), [4, 4, 4, 4]],
    ['or', v128.or(i32x4.splat(c(12)), i32x4.splat(c(10))), [14, 14, 14, 14]],
    ['xor', v128.xor(i32x4.splat(c(12)), i32x4.splat(c(10))), [6, 6, 6, 6]],
    ['bitselect', v128.bitselect(i32x4.splat(c(12)), i32x4.splat(c(3)), i32x4.splat(c(10))), [9, 9, 9, 9]],
  ])('%s', (_, code, expected) => {
    expect(lanesOf(code, true)).toEqual(expected);
  });

  it('shuffles', () => {
    expect(lanesOf(v128.shuffle(a, b, 7, 0, 5, 1))).toEqual([-8, 1.5, -2.5, -2.5]);
  });

  it('tells whether any bit is set', () => {
    expect(result('i32', v128.anyTrue(i32x4.splat(c(0))))).toBe(0);
    expect(result('i32', v128.anyTrue(a))).toBe(1);
  });
});

describe('memory', () => {
  /** The floats 1 to 8 at byte 0; what the code writes at byte 64. */
  function memoryAfter(code: Code): number[] {
    const program = compiled([], [], (fn) => fn.add(code));
    program.floats.set([1, 2, 3, 4, 5, 6, 7, 8]);
    program.call('run');
    return [...program.floats.subarray(16, 20)];
  }
  const to = c(64);
  it.each<[string, Code, number[]]>([
    ['v128.load', v128.store(to, v128.load(c(4))), [2, 3, 4, 5]],
    ['offsets', v128.store(c(60), v128.load(c(0), 12), 4), [4, 5, 6, 7]],
    ['loadSplat', v128.store(to, v128.loadSplat(c(4), 4)), [3, 3, 3, 3]],
    ['loadZero', v128.store(to, v128.loadZero(c(4))), [2, 0, 0, 0]],
    ['loadHalfZero', v128.store(to, v128.loadHalfZero(c(4))), [2, 3, 0, 0]],
    ['loadLane', v128.store(to, v128.loadLane(c(0), b, 2, 16)), [2, -2.5, 5, -8]],
    ['storeLane', v128.storeLane(to, b, 3, 4), [0, -8, 0, 0]],
    ['storeHalf, low', v128.storeHalf(to, b, 0, 4), [0, 2, -2.5, 0]],
    ['storeHalf, high', v128.storeHalf(to, b, 1), [1, -8, 0, 0]],
    ['f32.load', f32.store(c(0), f32.load(c(4), 4), 64), [3, 0, 0, 0]],
    ['f64.load', f64.store(c(0), f64.load(c(4), 4), 64), [3, 4, 0, 0]],
    ['i32.load', i32.store(c(0), i32.load(c(4), 4), 64), [3, 0, 0, 0]],
    ['memoryCopy', memoryCopy(to, c(8), c(12)), [3, 4, 5, 0]],
    ['memoryFill', [memoryCopy(to, c(0), c(16)), memoryFill(c(68), c(0), c(8))], [1, 0, 0, 4]],
  ])('%s', (_, code, expected) => {
    expect(memoryAfter(code)).toEqual(expected);
  });

  it('takes offsets of any size', () => {
    for (const offset of [127, 128, 16383, 16384, 65532]) {
      const program = compiled([], ['f32'], (fn) => fn.add(f32.load(c(0), offset)));
      program.floats[Math.trunc(offset / 4)] = 7;
      expect(program.call('run')).toBe(offset % 4 === 0 ? 7 : program.call('run'));
    }
    for (const offset of [65533, 2 ** 31, 2 ** 32 - 1]) {
      const program = compiled([], ['f32'], (fn) => fn.add(f32.load(c(0), offset)));
      expect(() => program.call('run')).toThrow(WebAssembly.RuntimeError);
    }
  });
});

it('writes constants of any float32 in all lanes', () => {
  expect(lanesOf(v128.const(0.1, -0, Infinity, 1e-45))).toEqual(
    [Math.fround(0.1), -0, Infinity, 1e-45].map(Math.fround),
  );
});

it('compiles without relaxed SIMD', () => {
  for (const kind of kinds) {
    const program = compiled([], ['f32'], (fn) => fn.add(f32x4.extractLane(f32x4.add(b, b), 3)), kind);
    expect(program.call('run')).toBe(-16);
  }
});
