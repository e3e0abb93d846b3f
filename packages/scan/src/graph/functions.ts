import type { Binary, Unary } from './graph.js';

/** By Abramowitz and Stegun's 7.1.26: off by 1.5e-7 at most, as tfjs's is. */
function erf(x: number): number {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const sum = [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592].reduce(
    (total, each) => (total + each) * t,
    0,
  );
  return Math.sign(x) * (1 - sum * Math.exp(-x * x));
}

/** To the nearest whole number, from the middle to the even one. */
function round(x: number): number {
  const low = Math.floor(x);
  if (x - low !== 0.5) return Math.round(x);
  return low % 2 === 0 ? low : low + 1;
}

/** Functions of one number, in float64. */
export const UNARY: Record<Unary, (x: number) => number> = {
  abs: Math.abs,
  acos: Math.acos,
  acosh: Math.acosh,
  asin: Math.asin,
  asinh: Math.asinh,
  atan: Math.atan,
  atanh: Math.atanh,
  ceil: Math.ceil,
  cos: Math.cos,
  cosh: Math.cosh,
  erf,
  exp: Math.exp,
  expm1: Math.expm1,
  floor: Math.floor,
  log: Math.log,
  log1p: Math.log1p,
  neg: (x) => -x,
  not: (x) => +(x === 0),
  reciprocal: (x) => 1 / x,
  round,
  rsqrt: (x) => 1 / Math.sqrt(x),
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  sign: (x) => +(x > 0) - +(x < 0),
  sin: Math.sin,
  sinh: Math.sinh,
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  sqrt: Math.sqrt,
  square: (x) => x * x,
  step: (x) => +(x > 0),
  tan: Math.tan,
  tanh: Math.tanh,
  truncate: Math.trunc,
  truth: (x) => +(x !== 0),
  identity: (x) => x,
  isNaN: (x) => +Number.isNaN(x),
  isInf: (x) => +(Math.abs(x) === Infinity),
  isFinite: (x) => +Number.isFinite(x),
};

/** Functions of two numbers, in float64. */
export const BINARY: Record<Binary, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  max: Math.max,
  min: Math.min,
  pow: (a, b) => a ** b,
  mod: (a, b) => a - b * Math.floor(a / b),
  floorDiv: (a, b) => Math.floor(a / b),
  atan2: Math.atan2,
  equal: (a, b) => +(a === b),
  notEqual: (a, b) => +(a !== b),
  less: (a, b) => +(a < b),
  lessEqual: (a, b) => +(a <= b),
  greater: (a, b) => +(a > b),
  greaterEqual: (a, b) => +(a >= b),
  and: (a, b) => +(a !== 0 && b !== 0),
  or: (a, b) => +(a !== 0 || b !== 0),
  xor: (a, b) => +((a !== 0) !== (b !== 0)),
};
