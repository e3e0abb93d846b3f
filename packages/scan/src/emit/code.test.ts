import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Code, f32, f32x4, i32, memoryFill, multiplyAdd, type Type, v128 } from './code.js';
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
    ['ltU', i32.ltU(c(-1), c(1)), 0],
    ['gtU', i32.gtU(c(-1), c(1)), 1],
    ['add', i32.add(c(7), c(-9)), -2],
    ['sub', i32.sub(c(7), c(-9)), 16],
    ['mul', i32.mul(c(7), c(-9)), -63],
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

describe('f32', () => {
  const x = f32.const(2.5);
  const y = f32.const(-4);
  it.each<[string, Code, number]>([
    ['add', f32.add(x, y), -1.5],
    ['mul', f32.mul(x, y), -10],
    ['min', f32.min(x, y), -4],
    ['max', f32.max(x, y), 2.5],
    ['max with NaN', f32.max(x, f32.const(NaN)), NaN],
    ['const', f32.const(0.1), Math.fround(0.1)],
  ])('%s', (_, code, expected) => {
    expect(result('f32', code)).toBe(expected);
  });
});

describe('f32x4', () => {
  const yes = 0xffffffff | 0;
  const rounded = v128.const(1.5, -2.5, 2.4, -0.6);
  it.each<[string, Code, number[]]>([
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

describe('v128', () => {
  /** Floats of these bits in all lanes. */
  const bits = (n: number): Code => {
    const float = new Float32Array(Uint32Array.of(n).buffer)[0] ?? 0;
    return v128.const(float, float, float, float);
  };
  const [twelve, ten, three] = [bits(12), bits(10), bits(3)];
  it.each<[string, Code, number]>([
    ['and', v128.and(twelve, ten), 8],
    ['or', v128.or(twelve, ten), 14],
    ['xor', v128.xor(twelve, ten), 6],
    ['bitselect', v128.bitselect(twelve, three, ten), 9],
  ])('%s', (_, code, expected) => {
    expect(lanesOf(code, true)).toEqual([expected, expected, expected, expected]);
  });

  it('shuffles', () => {
    expect(lanesOf(v128.shuffle(a, b, 7, 0, 5, 1))).toEqual([-8, 1.5, -2.5, -2.5]);
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
    ['loadLane', v128.store(to, v128.loadLane(c(0), b, 2, 16)), [2, -2.5, 5, -8]],
    ['storeLane', v128.storeLane(to, b, 3, 4), [0, -8, 0, 0]],
    ['storeHalf, low', v128.storeHalf(to, b, 0, 4), [0, 2, -2.5, 0]],
    ['storeHalf, high', v128.storeHalf(to, b, 1), [1, -8, 0, 0]],
    ['f32.load', f32.store(c(0), f32.load(c(4), 4), 64), [3, 0, 0, 0]],
    ['i32.load', i32.store(c(0), i32.load(c(4), 4), 64), [3, 0, 0, 0]],
    ['memoryFill', [v128.store(to, v128.load(c(0))), memoryFill(c(68), c(0), c(8))], [1, 0, 0, 4]],
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
