import { readFileSync } from 'node:fs';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it, test } from 'vitest';
import { check } from '../graph/check.js';
import { compareWithLoop } from '../testing/compare.js';
import type { Leaf } from './record.js';

// float32 against float64 over three steps, relative to the largest number of a tensor.
const [VALUES, GRADIENTS] = [1e-5, 1e-4];

beforeAll(() => tf.setBackend('cpu'));

/**
 * Of x and h, `[batch, 4]` both, a captured w `[4, 4]`, and k `[batch, 4]`, whole numbers from 0 to 2, for what tfjs has no
 * gradient of.
 */
type Op = (x: tf.Tensor, h: tf.Tensor, w: tf.Tensor, k: tf.Tensor) => tf.Tensor;

/** Puts an op in a step: what enters it depends on all steps before, and all steps behind on what it gives. */
function stepOf(op: Op) {
  const numbers = Array.from({ length: 16 }, (_, i) => Math.sin(3 * i + 1));
  const w = tf.tensor2d(numbers, [4, 4]);
  return ([x, k]: tf.Tensor[], [state]: tf.Tensor[]) => {
    if (!x || !k || !state) throw new Error('no tensors');
    const h = tf.add(tf.mul(0.5, state), tf.matMul(x, w));
    const out = op(x, h, w, k);
    const rows = tf.reshape(tf.cast(out, 'float32'), [out.shape[0] ?? 0, -1]);
    return { outputs: [out], state: [tf.add(tf.tanh(tf.sum(rows, 1, true)), tf.mul(0.3, h))] };
  };
}

const row: Leaf = { shape: [4], dtype: 'float32' };
const x: Leaf[] = [row, { shape: [4], dtype: 'int32' }];

const batchOf = (x: tf.Tensor) => x.shape[0] ?? 0;
const positive = (x: tf.Tensor) => tf.add(tf.square(x), 0.5);
const heads = (x: tf.Tensor) => tf.reshape(x, [-1, 2, 2]);
const whole = (x: tf.Tensor) => tf.cast(tf.mul(9, x), 'int32');
const list = (w: tf.Tensor, i: number) => tf.reshape(tf.slice(w, [i, 0], [1, 4]), [4]);
const column = (h: tf.Tensor) => tf.slice(h, [0, 1], [-1, 1]);
const truth = (k: tf.Tensor) => tf.cast(k, 'bool');

const ops: Record<string, Op> = {
  abs: (x) => tf.abs(x),
  acos: (x) => tf.acos(tf.mul(0.9, x)),
  acosh: (x) => tf.acosh(tf.add(1, positive(x))),
  add: (x, h, w) => tf.add(tf.add(x, column(h)), list(w, 0)),
  addN: (x, h) => tf.addN([x, h, x]),
  all: (_, __, ___, k) => tf.all(tf.greater(k, 0), 1),
  any: (_, __, ___, k) => tf.any(tf.equal(heads(k), 2), [1, 2], true),
  argMax: (x) => tf.argMax(heads(x), 1),
  argMin: (x) => tf.argMin(x, -1),
  asin: (x) => tf.asin(tf.mul(0.9, x)),
  asinh: (x) => tf.asinh(x),
  atan: (x) => tf.atan(x),
  atan2: (x, h) => tf.atan2(x, positive(h)),
  atanh: (x) => tf.atanh(tf.mul(0.9, x)),
  'batchNorm by captured numbers': (x, _, w) =>
    tf.batchNorm(x, tf.tensor1d([0, 1, 2, 3]), positive(list(w, 1)), list(w, 2), list(w, 3), 0.01),
  broadcastTo: (x) => tf.broadcastTo(tf.reshape(x, [-1, 4, 1]), [batchOf(x), 4, 3]),
  'broadcastTo the batch': (x, h, w) => tf.mul(tf.broadcastTo(list(w, 0), h.shape), x),
  'cast to whole numbers': (x) => tf.cast(whole(x), 'float32'),
  'cast to truth': (x) => tf.cast(truth(whole(x)), 'float32'),
  ceil: (x) => tf.ceil(tf.mul(3, x)),
  clipByValue: (x) => tf.clipByValue(x, -0.4, 0.6),
  concat: (x, h) => tf.concat([x, h, x], 1),
  cos: (x) => tf.cos(x),
  cosh: (x) => tf.cosh(x),
  cumsum: (_, h) => tf.cumsum(h, 1),
  'cumsum exclusive, in reverse': (x) => tf.cumsum(heads(x), 2, true, true),
  div: (x, h) => tf.div(x, positive(h)),
  'div by a number of each sequence': (x, h) => tf.div(x, positive(column(h))),
  dot: (x, _, w) => tf.dot(x, w),
  elu: (_, h) => tf.elu(h),
  equal: (_, __, ___, k) => tf.equal(k, 1),
  erf: (x) => tf.erf(x),
  exp: (x) => tf.exp(x),
  expandDims: (x) => tf.squeeze(tf.mul(tf.expandDims(x, 1), 2), [1]),
  'expandDims in front': (x) => tf.squeeze(tf.tanh(tf.expandDims(x, 0)), [0]),
  expm1: (x) => tf.expm1(x),
  eye: (x) => tf.matMul(x, tf.mul(2, tf.eye(4))),
  fill: (x) => tf.add(x, tf.fill([batchOf(x), 4], 2)),
  floor: (x) => tf.floor(tf.mul(3, x)),
  floorDiv: (x) => tf.floorDiv(whole(x), tf.scalar(2, 'int32')),
  'fused.matMul': (x, _, w) =>
    tf.fused.matMul({
      a: tf.reshape(x, [-1, 4]),
      b: tf.reshape(w, [4, 4]),
      bias: list(w, 1),
      activation: 'relu',
    }),
  gather: (_, __, w, k) => tf.gather(w, k),
  'gather columns': (_, h) => tf.gather(h, tf.tensor1d([3, 0, 0], 'int32'), 1),
  'gather columns in two axes': (_, h) =>
    tf.gather(
      h,
      tf.tensor2d(
        [
          [3, 0, 0],
          [1, 2, 3],
        ],
        [2, 3],
        'int32',
      ),
      1,
    ),
  'gather by sequence': (_, h, __, k) => tf.gather(h, k, 1, 1),
  'gather by sequence, in the middle': (_, h, __, k) =>
    tf.gather(tf.reshape(h, [-1, 2, 2, 1]), tf.minimum(k, tf.scalar(1, 'int32')), 2, 1),
  'gather integers': (_, __, ___, k) => tf.gather(tf.tensor1d([5, 7, 11], 'int32'), k),
  greater: (_, __, ___, k) => tf.greater(k, tf.tensor1d([0, 1, 0, 1], 'int32')),
  greaterEqual: (x) => tf.greaterEqual(x, 0),
  isFinite: (x) => tf.isFinite(tf.div(1, tf.floor(x))),
  isInf: (x) => tf.isInf(tf.div(1, tf.floor(x))),
  isNaN: (x) => tf.isNaN(tf.log(x)),
  leakyRelu: (_, h) => tf.leakyRelu(h, 0.1),
  less: (_, __, ___, k) => tf.less(k, 1),
  lessEqual: (_, __, ___, k) => tf.lessEqual(k, 1),
  log: (x) => tf.log(positive(x)),
  log1p: (x) => tf.log1p(positive(x)),
  logicalAnd: (_, __, ___, k) => tf.logicalAnd(tf.equal(k, 1), truth(tf.reverse(k, 1))),
  logicalNot: (_, __, ___, k) => tf.logicalNot(truth(k)),
  logicalOr: (_, __, ___, k) => tf.logicalOr(tf.equal(k, 1), truth(tf.reverse(k, 1))),
  logicalXor: (_, __, ___, k) => tf.logicalXor(tf.equal(k, 1), truth(tf.reverse(k, 1))),
  logSigmoid: (x) => tf.logSigmoid(x),
  logSoftmax: (_, h) => tf.logSoftmax(h),
  logSumExp: (_, h) => tf.logSumExp(heads(h), 2),
  matMul: (x, h) => tf.matMul(heads(x), heads(h)),
  'matMul of transposed': (x, h) => tf.matMul(heads(x), heads(h), true, true),
  'matMul with a captured': (_, h, w) => tf.matMul(h, w, false, true),
  max: (_, h) => tf.max(heads(h), 1),
  maximum: (x, h) => tf.maximum(x, h),
  mean: (_, h) => tf.mean(heads(h), [1, 2], true),
  min: (_, h) => tf.min(heads(h), [2], true),
  minimum: (x, h) => tf.minimum(x, h),
  mod: (x, h) => tf.mod(x, positive(h)),
  moments: (_, h) => {
    const { mean, variance } = tf.moments(h, 1, true);
    return tf.div(tf.sub(h, mean), tf.sqrt(tf.add(variance, 1e-3)));
  },
  mul: (x, h, w) => tf.mul(tf.mul(x, h), list(w, 0)),
  neg: (x) => tf.neg(x),
  norm: (_, h) => tf.norm(heads(h), 2, 2),
  notEqual: (_, __, ___, k) => tf.notEqual(k, 1),
  oneHot: (x) => tf.oneHot(tf.argMax(x, 1), 4, 2, -1, 'float32'),
  onesLike: (x) => tf.sub(tf.onesLike(x), x),
  outerProduct: (x, h) => tf.mul(tf.reshape(x, [-1, 4, 1]), tf.reshape(h, [-1, 1, 4])),
  pad: (_, h) =>
    tf.pad(
      heads(h),
      [
        [0, 0],
        [1, 0],
        [0, 2],
      ],
      0.5,
    ),
  pow: (x, h) => tf.pow(positive(x), h),
  prelu: (_, h, w) => tf.prelu(h, list(w, 2)),
  prod: (_, h) => tf.prod(heads(h), 2),
  range: (x) => tf.mul(x, tf.range(0, 4)),
  'range downwards': (x) => tf.mul(x, tf.cast(tf.range(4, 0, -1, 'int32'), 'float32')),
  reciprocal: (x) => tf.reciprocal(positive(x)),
  relu: (_, h) => tf.relu(h),
  relu6: (_, h) => tf.relu6(tf.mul(9, h)),
  reshape: (x, h) => tf.reshape(tf.mul(tf.reshape(x, [-1, 2]), tf.reshape(h, [-1, 2])), [-1, 4]),
  reverse: (_, h, w) => tf.mul(tf.reverse(heads(h), [1, -1]), heads(list(w, 1))),
  round: (x) => tf.round(tf.mul(3, x)),
  rsqrt: (x) => tf.rsqrt(positive(x)),
  selu: (_, h) => tf.selu(h),
  sigmoid: (x) => tf.sigmoid(x),
  sign: (x) => tf.sign(x),
  sin: (x) => tf.sin(x),
  sinh: (x) => tf.sinh(x),
  slice: (_, h) => tf.slice(heads(h), [0, 1, 0], [-1, 1, 2]),
  'slice of captured': (x, _, w) => tf.matMul(tf.slice(x, [0, 1], [-1, 2]), tf.slice(w, 1, 2)),
  softmax: (_, h) => tf.softmax(h),
  softplus: (x) => tf.softplus(x),
  split: (_, h) => {
    const [a, b] = tf.split(h, [3, 1], 1);
    return tf.mul(a ?? h, b ?? h);
  },
  'split of which one part is used': (_, h) => tf.split(h, 2, -1)[1] ?? h,
  sqrt: (x) => tf.sqrt(positive(x)),
  square: (x) => tf.square(x),
  squaredDifference: (x, h) => tf.squaredDifference(x, h),
  stack: (x, h) => tf.stack([x, h], 1),
  'stack behind': (x, h) => tf.stack([x, h], -1),
  step: (x) => tf.step(x),
  'step with a slope': (x) => tf.step(x, -0.5),
  sub: (x, h) => tf.sub(x, h),
  sum: (_, h) => tf.sum(heads(h), [1, -1]),
  'sum of nothing': (x) => tf.mul(x, tf.sum(x, [])),
  tan: (x) => tf.tan(x),
  tanh: (x) => tf.tanh(x),
  tile: (_, h) => tf.tile(heads(h), [1, 2, 3]),
  'tile the batch': (x, _, w) => tf.mul(x, tf.tile(tf.slice(w, 2, 1), [batchOf(x), 1])),
  transpose: (_, h, w) =>
    tf.reshape(
      tf.matMul(
        tf.reshape(tf.transpose(heads(h), [0, 2, 1]), [-1, 2]),
        tf.slice(tf.transpose(w), [1, 1], [2, 3]),
      ),
      [-1, 6],
    ),
  'transpose to the front of axes of one': (_, h) =>
    tf.transpose(tf.tanh(tf.transpose(tf.reshape(h, [-1, 1, 4]), [1, 0, 2])), [1, 0, 2]),
  unstack: (_, h) => {
    const [a, b] = tf.unstack(heads(h), 1);
    return tf.mul(a ?? h, tf.tanh(b ?? h));
  },
  unsortedSegmentSum: (x, _, w) =>
    tf.matMul(
      x,
      tf.concat([tf.unsortedSegmentSum(w, tf.tensor1d([2, 0, 2, -1], 'int32'), 3), tf.slice(w, 0, 1)]),
    ),
  where: (x, h, w) => tf.where(tf.greater(tf.tensor1d([1, -1, 1, -1]), 0), tf.mul(x, list(w, 1)), h),
  'where with a broadcast': (x, h) => tf.where(tf.equal(tf.range(0, 4), 2), column(h), x),
  zeros: (x) => tf.add(x, tf.zeros([batchOf(x), 1])),
  zerosLike: (x) => tf.add(tf.zerosLike(x), x),
};

describe('each op gives what it gives in a loop of tfjs', () => {
  it.each(Object.keys(ops))('%s', (name) => {
    const { values, gradients, traced } = compareWithLoop({
      step: stepOf(ops[name] ?? ((x) => x)),
      x,
      state: [row],
    });
    expect(traced.gradientObstacle).toBeUndefined();
    check(traced.graph);
    expect(values).toBeLessThan(VALUES);
    expect(gradients).toBeLessThan(GRADIENTS);
  });
});

const withoutGradient: Record<string, { op: Op; kernel: string }> = {
  cumprod: { op: (_, h) => tf.cumprod(h, 1), kernel: 'Cumprod' },
};

test('the table in the README names every op that is compared here, and no other', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const [, section = ''] = readme.split('## What a step may use\n');
  const rows = section.split('\n## ')[0]?.match(/^\|.*\|$/gm) ?? [];
  const named = rows.flatMap((row) => [...row.matchAll(/`([^`]+)`/g)].map(([, name]) => name));
  const compared = Object.keys({ ...ops, ...withoutGradient }).map((name) => name.split(' ')[0]);
  expect(new Set(named)).toEqual(new Set(compared));
});

describe('an op without a gradient in tfjs is traced forward', () => {
  it.each(Object.entries(withoutGradient))('%s', (_, { op, kernel }) => {
    const { values, traced } = compareWithLoop({ step: stepOf(op), x, state: [row] });
    expect(values).toBeLessThan(VALUES);
    check(traced.graph);
    expect(traced.graph.backward).toEqual([]);
    const reason = `step: tfjs has no gradient of tf.${kernel.charAt(0).toLowerCase()}${kernel.slice(1)} (${kernel}), at ops.test.ts:`;
    expect(traced.gradientObstacle?.slice(0, reason.length)).toBe(reason);
  });
});
