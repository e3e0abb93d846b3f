import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Entry } from '../writer.js';
import { broadcasts, last, type Maker, partner, positive } from './line.js';

/** a · g + b · (1 - g) */
export const interpolate: Maker = (w) => {
  const x = w.row();
  const [a, g] = [partner(w, x), partner(w, x)];
  if (!a || !g) return;
  w.write(`interpolate ${x.id} and ${a.text} by ${g.text}`, x.lead, (read, batch) => {
    const gate = tf.sigmoid(g.get(read, batch));
    return tf.add(tf.mul(read(x), gate), tf.mul(a.get(read, batch), tf.sub(1, gate)));
  });
};

/** xᵖ / Σ xᵖ */
export const sharpen: Maker = (w) => {
  const x = w.row();
  const power = partner(w, x);
  if (!power || x.shape.length < 2) return;
  const axis = x.shape.length - 1;
  w.write(`sharpen ${x.id} by ${power.text}`, x.lead, (read, batch) => {
    const raised = tf.pow(positive(read(x)), tf.softplus(power.get(read, batch)));
    return tf.div(raised, tf.sum(raised, axis, true));
  });
};

/** x · y / (|x| |y|) along the last axis. */
export const cosine: Maker = (w) => {
  const x = w.row();
  const y = w.draws.maybe(
    w
      .rows()
      .filter((e) => e.lead === x.lead && e.shape.length === x.shape.length && broadcasts(e.shape, x.shape)),
  );
  if (!y || x.shape.length < 2) return;
  const axis = x.shape.length - 1;
  w.write(`cosine ${x.id} ${y.id}`, x.lead, (read) => {
    const [a, b] = [read(x), read(y)];
    const norm = (t: Tensor) => tf.sqrt(tf.add(tf.sum(tf.square(t), axis, true), 1e-2));
    return tf.div(tf.sum(tf.mul(a, b), axis, true), tf.mul(norm(a), norm(b)));
  });
};

export const layerNorm: Maker = (w) => {
  const x = w.row();
  if (last(x) < 2 || x.shape.length < 2) return;
  const gain = w.captured([last(x)]);
  w.write(`layer norm ${x.id} by ${gain.id}`, x.lead, (read) => {
    const { mean, variance } = tf.moments(read(x), -1, true);
    return tf.mul(tf.mul(tf.sub(read(x), mean), tf.rsqrt(tf.add(variance, 1e-2))), read(gain));
  });
};

/** M ∘ (1 - w eᵀ) + w aᵀ */
export const writeMemory: Maker = (w) => {
  const { draws } = w;
  const memory = draws.maybe(w.rows().filter(({ shape, lead }) => shape.length === 3 && lead === 1));
  if (!memory) return;
  const vector = (n: number | undefined) =>
    draws.maybe(w.rows().filter((e) => e.shape.length === 2 && e.lead === 1 && e.shape[1] === n));
  const [at, erase, add] = [vector(memory.shape[1]), vector(memory.shape[2]), vector(memory.shape[2])];
  if (!at || !erase || !add) return;
  w.write(`write ${memory.id} at ${at.id}, erase ${erase.id}, add ${add.id}`, 1, (read) => {
    const where = tf.expandDims(tf.softmax(read(at)), 2);
    const row = (entry: Entry) => tf.expandDims(read(entry), 1);
    const kept = tf.sub(1, tf.mul(where, tf.sigmoid(row(erase))));
    return tf.add(tf.mul(read(memory), kept), tf.mul(where, row(add)));
  });
};
