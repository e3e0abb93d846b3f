import { describe, expect, it } from 'vitest';
import type { Function as FunctionName } from '../graph/graph.js';
import { type Code, f32x4, i32, v128 } from './code.js';
import { forLoop } from './control.js';
import { createFunction } from './function.js';
import { apply } from './functions.js';
import { type Base, instantiate, kinds } from './testing.js';

/** 1 − erfc for large numbers and the Taylor series for small: error under 1e-15. */
function erf(x: number): number {
  let [term, sum] = [x, x];
  for (let k = 1; k < 200; k++) {
    term *= (2 * x * x) / (2 * k + 1);
    sum += term;
  }
  return Math.abs(x) > 6 ? Math.sign(x) : (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

function roundToEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  if (rest !== 0.5) return rest < 0.5 ? below : Math.ceil(x);
  return below % 2 === 0 ? below : below + 1;
}

/** As tfjs's cpu backend computes it. */
function mod(a: number, b: number): number {
  const rest = a % b;
  return (a < 0 && b < 0) || (a >= 0 && b >= 0) ? rest : (rest + b) % b;
}

const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

interface Case {
  readonly of: (x: number) => number;
  /** Relative; 0: exact. */
  readonly bound: number;
  /** Ranges of a sweep beside the one over all powers of two. */
  readonly ranges?: readonly (readonly [number, number])[];
}

const rounding = 6.1e-8;
const unary: Partial<Record<FunctionName, Case>> = {
  exp: { of: Math.exp, bound: 2e-7, ranges: [[-87, 88]] },
  log: {
    of: Math.log,
    bound: 2e-7,
    ranges: [
      [0.5, 2],
      [0.99, 1.01],
    ],
  },
  tanh: { of: Math.tanh, bound: 4e-7, ranges: [[-10, 10]] },
  sigmoid: { of: (x) => 1 / (1 + Math.exp(-x)), bound: 3e-7, ranges: [[-86, 86]] },
  softplus: { of: softplus, bound: 3e-7, ranges: [[-86, 86]] },
  acos: {
    of: Math.acos,
    bound: 2e-7,
    ranges: [
      [-1, 1],
      [0.999, 1],
    ],
  },
  acosh: {
    of: Math.acosh,
    bound: 2e-7,
    ranges: [
      [1, 1.01],
      [1, 10],
    ],
  },
  asin: { of: Math.asin, bound: 2e-7, ranges: [[-1, 1]] },
  asinh: { of: Math.asinh, bound: 2e-7, ranges: [[-10, 10]] },
  atan: { of: Math.atan, bound: 2e-7, ranges: [[-10, 10]] },
  atanh: { of: Math.atanh, bound: 2e-7, ranges: [[-1, 1]] },
  cos: {
    of: Math.cos,
    bound: 2e-7,
    ranges: [
      [-20, 20],
      [1e4, 1e5],
    ],
  },
  cosh: { of: Math.cosh, bound: 2e-7, ranges: [[-80, 80]] },
  erf: { of: erf, bound: 2e-7, ranges: [[-5, 5]] },
  expm1: { of: Math.expm1, bound: 2e-7, ranges: [[-20, 20]] },
  log1p: {
    of: Math.log1p,
    bound: 2e-7,
    ranges: [
      [-1, 1],
      [0, 100],
    ],
  },
  sin: {
    of: Math.sin,
    bound: 2e-7,
    ranges: [
      [-20, 20],
      [1e4, 1e5],
    ],
  },
  sinh: { of: Math.sinh, bound: 2e-7, ranges: [[-80, 80]] },
  tan: { of: Math.tan, bound: 2e-7, ranges: [[-20, 20]] },
  abs: { of: Math.abs, bound: 0 },
  ceil: { of: Math.ceil, bound: 0, ranges: [[-9, 9]] },
  floor: { of: Math.floor, bound: 0, ranges: [[-9, 9]] },
  neg: { of: (x) => -x, bound: 0 },
  round: { of: roundToEven, bound: 0, ranges: [[-8, 8.0625]] },
  sqrt: { of: Math.sqrt, bound: rounding },
  truncate: { of: Math.trunc, bound: 0, ranges: [[-9, 9]] },
  identity: { of: (x) => x, bound: 0 },
  reciprocal: { of: (x) => 1 / x, bound: rounding },
  rsqrt: { of: (x) => 1 / Math.sqrt(x), bound: 2 * rounding },
  square: { of: (x) => x * x, bound: rounding },
  not: { of: (x) => (x === 0 ? 1 : 0), bound: 0 },
  truth: { of: (x) => (x !== 0 ? 1 : 0), bound: 0 },
  step: { of: (x) => (Number.isNaN(x) ? x : x > 0 ? 1 : 0), bound: 0 },
  sign: { of: (x) => (Number.isNaN(x) ? 0 : Math.sign(x)), bound: 0 },
  isNaN: { of: (x) => (Number.isNaN(x) ? 1 : 0), bound: 0 },
  isInf: { of: (x) => (Math.abs(x) === Infinity ? 1 : 0), bound: 0 },
  isFinite: { of: (x) => (Number.isFinite(x) ? 1 : 0), bound: 0 },
};

const truth = (x: boolean) => (x ? 1 : 0);
const binary: Partial<Record<FunctionName, { of: (a: number, b: number) => number; bound: number }>> = {
  add: { of: (a, b) => a + b, bound: rounding },
  sub: { of: (a, b) => a - b, bound: rounding },
  mul: { of: (a, b) => a * b, bound: rounding },
  div: { of: (a, b) => a / b, bound: rounding },
  max: { of: Math.max, bound: 0 },
  min: { of: Math.min, bound: 0 },
  pow: { of: (a, b) => a ** b, bound: 2e-7 },
  mod: { of: mod, bound: rounding },
  floorDiv: { of: (a, b) => Math.floor(a / b), bound: rounding },
  atan2: { of: Math.atan2, bound: 2e-7 },
  equal: { of: (a, b) => truth(a === b), bound: 0 },
  notEqual: { of: (a, b) => truth(a !== b), bound: 0 },
  less: { of: (a, b) => truth(a < b), bound: 0 },
  lessEqual: { of: (a, b) => truth(a <= b), bound: 0 },
  greater: { of: (a, b) => truth(a > b), bound: 0 },
  greaterEqual: { of: (a, b) => truth(a >= b), bound: 0 },
  and: { of: (a, b) => truth(a !== 0 && b !== 0), bound: 0 },
  or: { of: (a, b) => truth(a !== 0 || b !== 0), bound: 0 },
  xor: { of: (a, b) => truth((a !== 0) !== (b !== 0)), bound: 0 },
};

const special = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  1.5,
  2.5,
  -1.5,
  2,
  -2,
  3,
  -3,
  NaN,
  Infinity,
  -Infinity,
  1e-45,
  -1e-45,
  1e-40,
  -1e-40,
  1.17549435e-38,
  3.4028234e38,
  -3.4028234e38,
  8388607.5,
  8388608,
  16777216,
  -16777215,
  1e9,
  -1e9,
  1e20,
  1e30,
].map(Math.fround);

/** Numbers of every size and sign. */
const powers = Array.from({ length: 1000 }, (_, i) =>
  Math.fround((i % 2 ? -1.37 : 1.37) * 2 ** (i / 4 - 125)),
);

function sweep([from, to]: readonly [number, number]): number[] {
  return Array.from({ length: 2000 }, (_, i) => Math.fround(from + ((to - from) * i) / 1999));
}

/** f of up to 4,096 numbers or pairs. */
function computer(kind: Base, f: FunctionName, count: number) {
  const program = instantiate(kind, (module) => {
    const run = createFunction(['i32']);
    const [i, scratch] = [run.local('i32'), run.local('v128')];
    const args = Array.from({ length: count }, (_, k) => v128.load(i.get, k * 16384));
    const constant = (n: number) => v128.const(n, n, n, n);
    const value = apply(f, args, { indexOf: module.indexOf, scratch, constant });
    run.add(
      forLoop(i, { from: i32.const(0), to: run.param(0).get, step: 16 }, v128.store(i.get, value, 49152)),
    );
    module.add(run, 'run');
  });
  return (...args: readonly (readonly number[])[]): number[] => {
    const length = args[0]?.length ?? 0;
    program.floats.fill(NaN, 12288);
    args.forEach((numbers, k) => void program.floats.set(numbers, 4096 * k));
    program.call('run', 4 * Math.ceil(length / 4) * 4);
    return [...program.floats.subarray(12288, 12288 + length)];
  };
}

/** The relative error; infinite where only one is finite. Subnormals may come as 0, and lose digits on their way. */
function errorOf(got: number, wanted: number): number {
  const rounded = Math.fround(wanted);
  if (Object.is(got, rounded) || got === rounded) return 0;
  if (!Number.isFinite(got) || !Number.isFinite(rounded)) return Infinity;
  if (Math.abs(wanted) < 1.2e-38) return Math.abs(got) < 1.3e-38 ? 0 : Infinity;
  if (Math.abs(got - wanted) < 1e-42) return 0;
  return Math.abs(got - wanted) / Math.abs(wanted);
}

describe.each(kinds)('%s', (kind) => {
  it.each(Object.keys(unary) as FunctionName[])('%s', (f) => {
    const { of, bound, ranges = [] } = unary[f] ?? { of: Number, bound: -1 };
    const compute = computer(kind, f, 1);
    for (const x of [special, powers, ...ranges.map(sweep)]) {
      const y = compute(x);
      const errors = x.map((each, i) => [errorOf(y[i] ?? -9, of(each)), each, y[i], of(each)]);
      const worst = errors.reduce((most, each) => (Number(each[0]) > Number(most[0]) ? each : most), [0]);
      expect(worst[0], String(worst)).toBeLessThanOrEqual(bound);
    }
  });

  it.each(Object.keys(binary) as FunctionName[])('%s', (f) => {
    const { of, bound } = binary[f] ?? { of: Number, bound: -1 };
    const compute = computer(kind, f, 2);
    const pairs = special.flatMap((a) => special.map((b) => [a, b] as const));
    const near = sweep([-4, 4]).map((a, i) => [a, Math.fround(Math.sin(i) * 30)] as const);
    const far = powers.map((a, i) => [a, powers[(i * 617) % 1000] ?? 0] as const);
    for (const each of [pairs, near, far]) {
      const y = compute(
        each.map(([a]) => a),
        each.map(([, b]) => b),
      );
      const errors = each.map(([a, b], i) => [errorOf(y[i] ?? -9, of(a, b)), a, b, y[i], of(a, b)]);
      const worst = errors.reduce((most, each) => (Number(each[0]) > Number(most[0]) ? each : most), [0]);
      expect(worst[0], String(worst)).toBeLessThanOrEqual(bound);
    }
  });

  it('selects', () => {
    const compute = computer(kind, 'select', 3);
    expect(compute([1, 0, -2, NaN, -0], [1, 2, 3, 4, NaN], [5, NaN, 7, 8, 9])).toEqual([1, NaN, 3, 4, 9]);
  });

  it('nests functions that use the scratch local', () => {
    const program = instantiate(kind, (module) => {
      const run = createFunction(['f32'], ['f32']);
      const constant = (n: number) => v128.const(n, n, n, n);
      const symbols = { indexOf: module.indexOf, scratch: run.local('v128'), constant };
      const of = (f: FunctionName, ...args: Code[]) => apply(f, args, symbols);
      const x = f32x4.replaceLane(constant(0), 3, run.param(0).get);
      run.add(
        f32x4.extractLane(
          of('add', of('square', of('sin', of('square', x))), of('sign', of('square', x))),
          3,
        ),
      );
      module.add(run, 'run');
    });
    expect(program.call('run', 0.7)).toBeCloseTo(Math.sin(0.49) ** 2 + 1, 6);
  });
});
