import * as tf from '@tensorflow/tfjs-core';
import { drawn, pairs, rough, roughPairs, smooth } from './functions.js';
import { alike, broadcasts, type Getter, last, type Maker, partner, whole } from './line.js';

export const unary: Maker = (w) => {
  const x = w.draws.chance(0.08) ? (w.draws.maybe(w.shared()) ?? w.row()) : w.row();
  const [name, f] = drawn(w.draws, smooth, rough) ?? ['tanh', tf.tanh];
  w.write(`${name} ${x.id}`, x.lead, (read) => f(read(x)));
};

export const binary: Maker = (w) => {
  const x = w.row();
  const other = partner(w, x);
  const [name, f] = drawn(w.draws, pairs, roughPairs) ?? ['add', tf.add];
  if (!other) return;
  const turned = w.draws.chance(0.4);
  w.write(`${name} ${turned ? `${other.text} ${x.id}` : `${x.id} ${other.text}`}`, x.lead, (read, batch) => {
    const [a, b] = [read(x), other.get(read, batch)];
    return turned ? f(b, a) : f(a, b);
  });
};

export const select: Maker = (w) => {
  const { draws } = w;
  const x = w.row();
  const [other, by] = [partner(w, x), partner(w, x)];
  if (!other || !by) return;
  const turned = draws.chance(0.5);
  const numbers = Array.from({ length: last(x) }, () => draws.fraction() - 0.5);
  const rank = x.shape.length;
  const k = draws.chance(0.5)
    ? draws.maybe(w.integers().filter(({ shape }) => shape.length === 1))
    : undefined;
  const told = k ? `${k.id} = 1` : w.gradients ? 'of constants' : `${x.id} > ${by.text}`;
  const condition: Getter = (read, batch) => {
    if (k)
      return tf.equal(
        tf.reshape(whole(read(k)), [-1, ...Array<number>(rank - 1).fill(1)]),
        tf.scalar(1, 'int32'),
      );
    if (w.gradients) return tf.less(rank > 1 ? tf.tensor1d(numbers) : tf.scalar(numbers[0] ?? 0), 0);
    return tf.greater(read(x), by.get(read, batch));
  };
  w.write(`where ${told}: ${x.id}, ${other.text}`, x.lead, (read, batch) => {
    const [a, b] = alike(tf.tanh(read(x)), other.get(read, batch));
    return turned ? tf.where(condition(read, batch), b, a) : tf.where(condition(read, batch), a, b);
  });
};

export const sharedOps: Maker = (w) => {
  const a = w.draws.maybe(w.shared());
  const b = a && w.draws.maybe(w.shared().filter(({ shape }) => broadcasts(shape, a.shape)));
  if (!a || !b || b.shape.length > a.shape.length) return;
  const [name, f] = drawn(w.draws, pairs, roughPairs) ?? ['add', tf.add];
  w.write(`${name} ${a.id} ${b.id}`, 0, (read) => f(read(a), read(b)));
};
