import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Draws } from '../draws.js';
import { alike, float, positive, still } from './line.js';

const unit = (x: Tensor) => tf.mul(0.9, tf.tanh(x));

export const smooth: Record<string, (x: Tensor) => Tensor> = {
  acos: (x) => tf.acos(unit(x)),
  acosh: (x) => tf.acosh(tf.add(1, positive(x))),
  asin: (x) => tf.asin(unit(x)),
  asinh: tf.asinh,
  atan: tf.atan,
  atanh: (x) => tf.atanh(unit(x)),
  clone: tf.clone,
  cos: tf.cos,
  cosh: tf.cosh,
  elu: tf.elu,
  // tfjs's is off by 1.5e-7, which is too much of a result near 0.
  erf: (x) => tf.add(tf.erf(x), 2),
  exp: (x) => tf.exp(tf.tanh(x)),
  expm1: (x) => tf.expm1(tf.tanh(x)),
  log: (x) => tf.log(positive(x)),
  log1p: (x) => tf.log1p(positive(x)),
  logSigmoid: (x) => tf.neg(tf.softplus(tf.neg(x))),
  neg: tf.neg,
  reciprocal: (x) => tf.reciprocal(positive(x)),
  rsqrt: (x) => tf.rsqrt(positive(x)),
  sigmoid: tf.sigmoid,
  sin: tf.sin,
  sinh: (x) => tf.sinh(tf.tanh(x)),
  softplus: tf.softplus,
  sqrt: (x) => tf.sqrt(positive(x)),
  square: tf.square,
  swish: (x) => tf.mul(x, tf.sigmoid(x)),
  tan: (x) => tf.tan(unit(x)),
  tanh: tf.tanh,
};

export const rough: Record<string, (x: Tensor) => Tensor> = {
  abs: tf.abs,
  ceil: (x) => tf.ceil(tf.mul(3, x)),
  clip: (x) => tf.clipByValue(x, -0.4, 0.6),
  floor: (x) => tf.floor(tf.mul(3, x)),
  leakyRelu: (x) => tf.leakyRelu(x, 0.3),
  mod: (x) => tf.mod(x, 0.7),
  relu: tf.relu,
  relu6: (x) => tf.relu6(tf.mul(5, x)),
  round: (x) => tf.round(tf.mul(3, x)),
  selu: tf.selu,
  sign: tf.sign,
  step: tf.step,
  'step with a slope': (x) => tf.step(x, -0.5),
  truncate: (x) => float(tf.cast(tf.mul(3, x), 'int32')),
  'is not a number': still((x) => float(tf.isNaN(tf.log(x)))),
  'is finite': still((x) => float(tf.isFinite(x))),
};

export const pairs: Record<string, (a: Tensor, b: Tensor) => Tensor> = {
  add: tf.add,
  atan2: (a, b) => tf.atan2(a, positive(b)),
  div: (a, b) => tf.div(a, positive(b)),
  'div by a sigmoid': (a, b) => tf.div(a, tf.add(0.5, tf.sigmoid(b))),
  gate: (a, b) => tf.mul(a, tf.sigmoid(b)),
  mul: tf.mul,
  pow: (a, b) => tf.pow(positive(a), b),
  prelu: (a, b) => tf.prelu(...alike(a, b)),
  squaredDifference: (a, b) => tf.squaredDifference(...alike(a, b)),
  sub: tf.sub,
};

export const roughPairs: Record<string, (a: Tensor, b: Tensor) => Tensor> = {
  equal: still((a, b) => float(tf.equal(tf.round(a), tf.round(b)))),
  floorDiv: (a, b) => float(tf.floorDiv(a, positive(b))),
  greater: still((a, b) => float(tf.greater(a, b))),
  greaterEqual: (a, b) => tf.mul(a, still((c, d) => float(tf.greaterEqual(c, d)))(a, b)),
  less: still((a, b) => float(tf.logicalNot(tf.less(a, b)))),
  lessEqual: still((a, b) => tf.sub(1, float(tf.lessEqual(a, b)))),
  logic: still((a, b) =>
    float(tf.logicalXor(tf.logicalAnd(tf.greater(a, 0), tf.less(b, 0.2)), tf.greater(b, -0.3))),
  ),
  max: (a, b) => tf.maximum(...alike(a, b)),
  maximum: (a, b) => tf.maximum(...alike(a, b)),
  min: (a, b) => tf.minimum(...alike(a, b)),
  notEqual: still((a, b) => float(tf.logicalOr(tf.notEqual(tf.round(a), tf.round(b)), tf.greater(a, 0)))),
};

/** A function by name: one with jumps and corners now and then. */
export function drawn<F>(
  draws: Draws,
  even: Record<string, F>,
  uneven: Record<string, F>,
): [string, F] | undefined {
  return draws.maybe(Object.entries(draws.chance(0.18) ? uneven : even));
}
