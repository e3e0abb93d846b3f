import { elementary } from '@tapehead/core/kernels';
import type { Function as MapFunction } from '../graph/graph.js';

const infix: Partial<Record<MapFunction, string>> = { add: '+', sub: '-', mul: '*', div: '/' };
const comparisons: Partial<Record<MapFunction, string>> = {
  equal: '==',
  notEqual: '!=',
  less: '<',
  lessEqual: '<=',
  greater: '>',
  greaterEqual: '>=',
};

/** What WGSL has under another name, or only by a formula; a, b and c are names or literals. */
const formulas: Partial<Record<MapFunction, (a: string, b: string, c: string) => string>> = {
  erf: (a) => `errorFunction(${a})`,
  expm1: (a) => `exponentialLess1(${a})`,
  identity: (a) => a,
  max: (a, b) => `greatest(${a}, ${b})`,
  min: (a, b) => `-greatest(-${a}, -${b})`,
  isFinite: (a) => `f32((bitcast<u32>(${a}) & 0x7fffffffu) < 0x7f800000u)`,
  isInf: (a) => `f32((bitcast<u32>(${a}) & 0x7fffffffu) == 0x7f800000u)`,
  isNaN: (a) => `f32(isMissing(${a}))`,
  log1p: (a) => `logOf1Plus(${a})`,
  neg: (a) => `-${a}`,
  not: (a) => `f32(${a} == 0.0)`,
  reciprocal: (a) => `1.0 / ${a}`,
  rsqrt: (a) => `inverseSqrt(${a})`,
  square: (a) => `${a} * ${a}`,
  step: (a) => `f32(${a} > 0.0)`,
  tanh: (a) => `squash(${a})`,
  truncate: (a) => `trunc(${a})`,
  truth: (a) => `f32(${a} != 0.0)`,
  pow: (a, b) => `power(${a}, ${b})`,
  mod: (a, b) => `${a} - ${b} * floor(${a} / ${b})`,
  floorDiv: (a, b) => `floor(${a} / ${b})`,
  and: (a, b) => `f32(${a} != 0.0 && ${b} != 0.0)`,
  or: (a, b) => `f32(${a} != 0.0 || ${b} != 0.0)`,
  xor: (a, b) => `f32((${a} != 0.0) != (${b} != 0.0))`,
  select: (a, b, c) => `select(${c}, ${b}, ${a} != 0.0)`,
};

/** The WGSL of a function; the others are WGSL's own. */
export function functionCode(f: MapFunction, args: readonly string[]): string {
  const [a = '', b = '', c = ''] = args;
  if (infix[f]) return `${a} ${infix[f]} ${b}`;
  if (comparisons[f]) return `f32(${a} ${comparisons[f]} ${b})`;
  return formulas[f]?.(a, b, c) ?? `${f}(${args.join(', ')})`;
}

/**
 * A number as WGSL. There are no literals for infinities and NaN. WGSL promises nothing about either: a device may take
 * every number for finite.
 */
export function literal(value: number): string {
  const single = Math.fround(value);
  if (Number.isNaN(single)) return '(given.infinity - given.infinity)';
  if (!Number.isFinite(single)) return single > 0 ? 'given.infinity' : '(-given.infinity)';
  const text = Object.is(single, -0) ? '-0.0' : `${single}${Number.isInteger(single) ? '.0' : ''}`;
  const number = text.includes('e') ? `${single}f` : text;
  return number.startsWith('-') ? `(${number})` : number;
}

/**
 * The functions that formulas name. `greatest` keeps NaN, which `max` may leave out. Near 0, where 1 cancels, expm1 and
 * log1p are series.
 */
export const functionsCode = `${elementary}
fn isMissing(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }

fn greatest(a: f32, b: f32) -> f32 { return select(max(a, b), a + b, isMissing(a) || isMissing(b)); }

// Abramowitz and Stegun, 7.1.26.
fn errorFunction(x: f32) -> f32 {
  let t = 1.0 / (1.0 + 0.3275911 * abs(x));
  let sum = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  return sign(x) * (1.0 - sum * exp(-x * x));
}

fn exponentialLess1(x: f32) -> f32 {
  let near = x * (1.0 + x / 2.0 * (1.0 + x / 3.0 * (1.0 + x / 4.0 * (1.0 + x / 5.0 * (1.0 + x / 6.0)))));
  return select(exp(x) - 1.0, near, abs(x) < 0.3);
}

fn logOf1Plus(x: f32) -> f32 {
  let z = x / (2.0 + x);
  let s = z * z;
  let near = 2.0 * z * (1.0 + s * (1.0 / 3.0 + s * (0.2 + s * (1.0 / 7.0 + s / 9.0))));
  return select(log(1.0 + x), near, abs(x) < 0.4);
}

// The sign of a^b where a < 0: b is even, odd, or no whole number.
fn power(a: f32, b: f32) -> f32 {
  if (b == 0.0) { return 1.0; }
  let size = pow(abs(a), b);
  if (a >= 0.0) { return size; }
  if (floor(b) != b) { return given.infinity - given.infinity; }
  return select(size, -size, abs(b) % 2.0 == 1.0);
}
`;
