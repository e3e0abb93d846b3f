import * as tf from '@tensorflow/tfjs-core';
import { exampleBatch } from '../writer.js';
import { axesOf, count, type Maker, size } from './line.js';

export const transpose: Maker = (w) => {
  const x = w.draws.chance(0.15) ? (w.draws.maybe(w.shared()) ?? w.row()) : w.row();
  const order = [...(x.lead > 0 ? [0] : []), ...w.draws.order(axesOf(x))];
  w.write(`transpose ${x.id} to ${order}`, x.lead, (read) => tf.transpose(read(x), order));
};

export const tile: Maker = (w) => {
  const x = w.row();
  const repeats = x.shape.map((n, axis) =>
    axis > 0 && w.draws.chance(0.5) ? (n === 1 ? size(w.draws) : 2) : 1,
  );
  w.write(`tile ${x.id} ${repeats}`, x.lead, (read) => tf.tile(read(x), repeats));
};

export const broadcastTo: Maker = (w) => {
  const shared = w.draws.maybe(w.shared());
  const x = w.row();
  if (w.draws.chance(0.3) && shared && shared.shape.length < 4)
    w.write(`${shared.id} for each sequence`, 1, (read, batch) =>
      tf.broadcastTo(tf.expandDims(read(shared), 0), [batch, ...shared.shape]),
    );
  else {
    const rest = x.shape.slice(1).map((n) => (n === 1 ? size(w.draws) : n));
    w.write(`broadcast ${x.id} to ${rest}`, x.lead, (read, batch) =>
      tf.broadcastTo(read(x), [x.lead * batch, ...rest]),
    );
  }
};

export const reverse: Maker = (w) => {
  const x = w.row();
  const axes = w.draws.some(axesOf(x));
  if (axes.length > 0) w.write(`reverse ${x.id} ${axes}`, x.lead, (read) => tf.reverse(read(x), axes));
};

/** Other axes of the same numbers; at times some of them join the batch, or leave it. */
export const reshape: Maker = (w) => {
  const { draws } = w;
  const x = w.row();
  const all = count(x.shape) / exampleBatch;
  const divisors = Array.from({ length: all }, (_, i) => i + 1).filter((n) => all % n === 0);
  const lead = draws.chance(0.25) ? (draws.maybe(divisors) ?? 1) : 1;
  const rest: number[] = [];
  for (let left = all / lead; left > 1 && rest.length < 3; ) {
    const n = rest.length === 2 ? left : (draws.maybe(divisors.filter((each) => left % each === 0)) ?? left);
    rest.push(n);
    left /= n;
  }
  if (count(rest) * lead !== all) return;
  const shape = draws.chance(0.2) && rest.length < 3 ? [...rest, 1] : rest;
  w.write(`reshape ${x.id} to [${lead}·b, ${shape}]`, lead, (read) => tf.reshape(read(x), [-1, ...shape]));
};

export const expandDims: Maker = (w) => {
  const x = w.row();
  const axis = 1 + w.draws.below(x.shape.length);
  const ones = axesOf(x).filter((each) => x.shape[each] === 1);
  const one = w.draws.maybe(ones);
  if (one !== undefined && w.draws.chance(0.5))
    w.write(`squeeze ${x.id} ${one}`, x.lead, (read) => tf.squeeze(read(x), [one]));
  else w.write(`expandDims ${x.id} ${axis}`, x.lead, (read) => tf.expandDims(read(x), axis));
};

/** With the batch behind an axis of 1. */
export const inFront: Maker = (w) => {
  const x = w.row();
  w.write(`tanh ${x.id} behind an axis`, x.lead, (read) =>
    tf.squeeze(tf.tanh(tf.expandDims(read(x), 0)), [0]),
  );
};
