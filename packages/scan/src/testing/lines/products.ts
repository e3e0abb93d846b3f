import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Entry } from '../writer.js';
import { count, last, type Maker, size } from './line.js';

/** The row as a matrix, times a weight; at times as fused.matMul, or with a bias. */
export const weightProduct: Maker = (w) => {
  const { draws } = w;
  const x = w.row();
  const flat = draws.chance(0.3);
  const rest = x.shape.slice(1);
  const k = flat ? count(rest) : rest.length > 0 ? last(x) : 1;
  const n = draws.chance(0.3) ? Math.min(100, Math.ceil(512 / k) + draws.below(5)) : size(draws);
  const transposed = draws.chance(0.4);
  const weight = w.captured(transposed ? [n, k] : [k, n], Math.sqrt(2 / k));
  const bias = draws.chance(0.4) ? w.captured([n]) : undefined;
  const fused = draws.chance(0.2);
  const activation = draws.one(['linear', 'relu', 'sigmoid', 'elu'] as const);
  const shape = flat || rest.length === 0 ? [n] : [...rest.slice(0, -1), n];
  const name = `${fused ? 'fused.' : ''}matMul ${x.id} ${weight.id}${transposed ? 'ᵀ' : ''}`;
  const out = w.write(`${name}${bias ? ` + ${bias.id}` : ''} as [${shape}]`, x.lead, (read) => {
    const a = tf.reshape<tf.Rank.R2>(read(x), [-1, k]);
    const b = tf.reshape<tf.Rank.R2>(read(weight), transposed ? [n, k] : [k, n]);
    const sum = (product: Tensor) => (bias ? tf.add(product, read(bias)) : product);
    const product = fused
      ? tf.fused.matMul({
          a,
          b,
          transposeB: transposed,
          activation,
          ...(bias ? { bias: read(bias) } : {}),
        })
      : sum(tf.matMul(a, b, false, transposed));
    return tf.reshape(product, [-1, ...shape]);
  });
  if (out && draws.chance(0.4)) w.write(`tanh ${out.id}`, out.lead, (read) => tf.tanh(read(out)));
};

/** A weight, given to each sequence, times a row. */
export const weightFirst: Maker = (w) => {
  const x = w.row();
  if (x.shape.length !== 3 || x.lead !== 1) return;
  const [m, k] = [size(w.draws), x.shape[1] ?? 1];
  const weight = w.captured([m, k]);
  w.write(`matMul (${weight.id} for each) ${x.id}`, x.lead, (read, batch) =>
    tf.matMul(tf.tile(tf.expandDims(read(weight), 0), [batch, 1, 1]), read(x)),
  );
};

export const rowProduct: Maker = (w) => {
  const { draws } = w;
  const rows = w.rows().filter(({ shape }) => shape.length > 2);
  const x = draws.maybe(rows);
  if (!x) return;
  const fits: [Entry, boolean, boolean][] = [];
  for (const y of rows) {
    if (y.shape.length !== x.shape.length || y.shape.slice(0, -2).some((n, i) => n !== x.shape[i])) continue;
    for (const a of [false, true])
      for (const b of [false, true])
        if (x.shape.at(a ? -2 : -1) === y.shape.at(b ? -1 : -2)) fits.push([y, a, b]);
  }
  const [y, a, b] = draws.maybe(fits) ?? [];
  if (!y) return;
  w.write(`matMul ${x.id}${a ? 'ᵀ' : ''} ${y.id}${b ? 'ᵀ' : ''}`, x.lead, (read) =>
    tf.matMul(read(x), read(y), a, b),
  );
};

/** Dots or outer products of two vectors. */
export const vectorProduct: Maker = (w) => {
  const vectors = w.rows().filter(({ shape }) => shape.length === 2);
  const x = w.draws.maybe(vectors);
  const outer = w.draws.chance(0.5);
  const y = x && w.draws.maybe(vectors.filter((e) => e.lead === x.lead && (outer || last(e) === last(x))));
  if (!x || !y) return;
  const axis = outer ? 2 : 1;
  const byProduct = w.draws.chance(0.5);
  w.write(`${outer ? 'outer' : 'dot'} ${x.id} ${y.id}`, x.lead, (read) => {
    const [a, b] = [tf.expandDims(read(x), axis), tf.expandDims(read(y), 1)];
    return byProduct ? tf.matMul(a, b, false, !outer) : tf.mul(a, b);
  });
};
