import * as tf from '@tensorflow/tfjs-core';
import { axesOf, type Maker } from './line.js';

export const concat: Maker = (w) => {
  const { draws } = w;
  const x = w.row();
  const axis = draws.maybe(axesOf(x));
  if (axis === undefined) return;
  const fits = w
    .rows()
    .filter((e) => e.lead === x.lead && e.shape.length === x.shape.length)
    .filter((e) => e.shape.every((n, i) => i === axis || n === x.shape[i]));
  const all = draws.order([x, ...draws.some(fits, 0.3).slice(0, 3)]);
  const zeros = draws.chance(0.15);
  w.write(`concat ${all.map(({ id }) => id)}${zeros ? ' and zeros' : ''} along ${axis}`, x.lead, (read) => {
    const parts = all.map(read);
    return tf.concat(zeros && parts[0] ? [...parts, tf.zerosLike(parts[0])] : parts, axis);
  });
};

export const stack: Maker = (w) => {
  const x = w.row();
  const fits = w.rows().filter((e) => e.lead === x.lead && String(e.shape) === String(x.shape));
  const all = w.draws.order([x, ...w.draws.some(fits, 0.5).slice(0, 2)]);
  const axis = 1 + w.draws.below(x.shape.length);
  w.write(`stack ${all.map(({ id }) => id)} along ${axis}`, x.lead, (read) => tf.stack(all.map(read), axis));
};

/** All parts, or one of them. */
export const split: Maker = (w) => {
  const { draws } = w;
  const x = w.row();
  const axis = draws.maybe(axesOf(x).filter((each) => (x.shape[each] ?? 1) > 1));
  if (axis === undefined) return;
  const n = x.shape[axis] ?? 1;
  const first = 1 + draws.below(n - 1);
  const [sizes, whole] = draws.chance(0.7) ? [[first, n - first], false] : [Array<number>(n).fill(1), n < 6];
  const parts = sizes.length > 2 ? [draws.below(sizes.length)] : draws.some([0, 1], 0.8);
  const squeezed = whole && draws.chance(0.5);
  for (const part of parts)
    w.write(
      `part ${part} of ${squeezed ? 'unstack' : `split to ${sizes}`} ${x.id} along ${axis}`,
      x.lead,
      (read) => {
        const all = squeezed ? tf.unstack(read(x), axis) : tf.split(read(x), sizes, axis);
        return all[part] ?? read(x);
      },
    );
};

export const slice: Maker = (w) => {
  const { draws } = w;
  const x = w.draws.chance(0.1) ? (w.draws.maybe(w.shared()) ?? w.row()) : w.row();
  const own = axesOf(x);
  const begin = x.shape.map((n, axis) => (own.includes(axis) ? draws.below(n) : 0));
  const sizes = x.shape.map((n, axis) =>
    own.includes(axis) ? (draws.chance(0.3) ? -1 : 1 + draws.below(n - (begin[axis] ?? 0))) : -1,
  );
  w.write(`slice ${x.id} from ${begin}, ${sizes}`, x.lead, (read) => tf.slice(read(x), begin, sizes));
};

/** As NTM's shift does it. */
export const rotate: Maker = (w) => {
  const x = w.row();
  const axis = w.draws.maybe(axesOf(x).filter((each) => (x.shape[each] ?? 1) > 1));
  if (axis === undefined) return;
  const n = x.shape[axis] ?? 1;
  const by = 1 + w.draws.below(n - 1);
  w.write(`rotate ${x.id} by ${by} along ${axis}`, x.lead, (read) => {
    const [a = read(x), b = read(x)] = tf.split(read(x), [by, n - by], axis);
    return tf.concat([b, a], axis);
  });
};

export const pad: Maker = (w) => {
  const { draws } = w;
  const x = w.row();
  const own = axesOf(x);
  const sizes = x.shape.map((_, axis): [number, number] =>
    own.includes(axis) ? [draws.below(3), draws.below(3)] : [0, 0],
  );
  const value = draws.one([0, 0, 0.5]);
  w.write(`pad ${x.id} ${sizes.join(' ')} ${value}`, x.lead, (read) => tf.pad(read(x), sizes, value));
};
