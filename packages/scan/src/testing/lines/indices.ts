import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { axesOf, float, type Maker, type Named, size, still, whole } from './line.js';

export const gather: Maker = (w) => {
  const { draws } = w;
  const x = w.row();
  const axis = draws.maybe(axesOf(x));
  if (axis === undefined) return;
  const n = x.shape[axis] ?? 1;
  const places = Array.from({ length: size(draws) }, () => draws.below(n));
  w.write(`gather ${x.id} ${places} along ${axis}`, x.lead, (read) =>
    tf.gather(read(x), tf.tensor1d(places, 'int32'), axis),
  );
};

export const lookUp: Maker = (w) => {
  const k = w.draws.maybe(w.integers());
  if (!k) return;
  const wide = size(w.draws);
  if (w.draws.chance(0.4))
    w.write(`oneHot ${k.id} of ${k.below}`, k.lead, (read) =>
      float(tf.oneHot(whole(read(k)), k.below, 1, 0)),
    );
  else {
    const table = w.captured([k.below + w.draws.below(3), wide]);
    w.write(`gather ${table.id} by ${k.id}`, k.lead, (read) => tf.gather(read(table), whole(read(k))));
  }
};

/** Each sequence from its own numbers. */
export const pickOwn: Maker = (w) => {
  const k = w.draws.maybe(w.integers().filter(({ shape }) => shape.length === 2));
  const x = k && w.draws.maybe(w.rows().filter((e) => e.lead === k.lead && e.shape.length > 1));
  const axis = x && w.draws.maybe(axesOf(x).filter((each) => (x.shape[each] ?? 0) >= k.below));
  if (!k || !x || axis === undefined) return;
  w.write(`gather ${x.id} by ${k.id} of each along ${axis}`, x.lead, (read) =>
    tf.gather(read(x), whole(read(k)), axis, 1),
  );
};

export const argBest: Maker = (w) => {
  const x = w.row();
  const axis = w.draws.maybe(axesOf(x));
  if (axis === undefined) return;
  const [name, f] = w.draws.one([
    ['argMax', tf.argMax],
    ['argMin', tf.argMin],
  ] as const);
  const n = x.shape[axis] ?? 1;
  if (w.gradients)
    w.write(`${name} ${x.id} ${axis}, as numbers`, x.lead, (read) =>
      still((t) => float(tf.oneHot(f(t, axis), n)))(read(x)),
    );
  else w.write(`${name} ${x.id} ${axis}`, x.lead, (read) => f(read(x), axis), n);
};

export const integers: Maker = (w) => {
  const k = w.draws.maybe(w.integers());
  if (!k) return;
  const [name, f] = w.draws.one<Named>([
    ['not 1', (x: Tensor) => float(tf.notEqual(x, tf.scalar(1, 'int32')))],
    ['as a fraction', (x: Tensor) => tf.mul(0.3, float(x))],
    ['odd', (x: Tensor) => float(tf.equal(tf.mod(x, tf.scalar(2, 'int32')), tf.scalar(1, 'int32')))],
  ]);
  w.write(`${name} ${k.id}`, k.lead, (read) => f(whole(read(k))));
};
