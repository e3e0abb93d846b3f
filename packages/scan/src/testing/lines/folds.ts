import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { axesOf, float, type Maker, type Named, still } from './line.js';

const folds: Record<string, (x: Tensor, axes: number[], keep: boolean) => Tensor> = {
  any: (x, axes, keep) => still((t) => float(tf.any(tf.greater(t, 0.5), axes, keep)))(x),
  all: (x, axes, keep) => still((t) => float(tf.all(tf.greater(t, -0.5), axes, keep)))(x),
  logSumExp: tf.logSumExp,
  max: tf.max,
  mean: tf.mean,
  min: tf.min,
  norm: (x, axes, keep) => tf.sqrt(tf.add(tf.sum(tf.square(x), axes, keep), 0.01)),
  prod: (x, axes, keep) => tf.prod(tf.add(0.5, tf.sigmoid(x)), axes, keep),
  'prod of all': (x, axes, keep) => tf.prod(x, axes, keep),
  sum: tf.sum,
  'sum of squares': (x, axes, keep) => tf.sum(tf.square(x), axes, keep),
  'a sum': tf.sum,
  variance: (x, axes, keep) => tf.moments(x, axes, keep).variance,
};

export const fold: Maker = (w) => {
  const x = w.draws.chance(0.08) ? (w.draws.maybe(w.shared()) ?? w.row()) : w.row();
  const axes = w.draws.some(axesOf(x), 0.6);
  const [name, f] = w.draws.maybe(Object.entries(folds)) ?? ['sum', tf.sum];
  const keep = w.draws.chance(0.6);
  w.write(`${name} ${x.id} over ${axes}${keep ? ', kept' : ''}`, x.lead, (read) => f(read(x), axes, keep));
};

export const softmax: Maker = (w) => {
  const x = w.row();
  if (x.shape.length < 2) return;
  const [name, f] = w.draws.one<Named>([
    ['softmax', (t: Tensor) => tf.softmax(t)],
    ['softmax, sharp', (t: Tensor) => tf.softmax(tf.mul(3, t))],
    ['logSoftmax', (t: Tensor) => tf.logSoftmax(t)],
  ]);
  w.write(`${name} ${x.id}`, x.lead, (read) => f(read(x)));
};

/** Along the last axis, of which alone tfjs gives the right slopes. */
export const cumulate: Maker = (w) => {
  const { draws } = w;
  const x = w.row();
  const axis = draws.maybe(w.gradients ? axesOf(x).slice(-1) : axesOf(x));
  if (axis === undefined) return;
  const [exclusive, backwards] = [draws.chance(0.5), draws.chance(0.5)];
  w.write(`cumsum ${x.id} along ${axis} ${exclusive} ${backwards}`, x.lead, (read) =>
    tf.cumsum(read(x), axis, exclusive, backwards),
  );
};

export const cumprod: Maker = (w) => {
  const { draws } = w;
  const x = w.row();
  const axis = draws.maybe(axesOf(x));
  if (axis === undefined || w.gradients) return;
  const [exclusive, backwards] = [draws.chance(0.5), draws.chance(0.5)];
  w.write(`cumprod ${x.id} along ${axis} ${exclusive} ${backwards}`, x.lead, (read) =>
    tf.cumprod(tf.sigmoid(read(x)), axis, exclusive, backwards),
  );
};
