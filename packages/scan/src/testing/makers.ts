import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Draws } from './draws.js';
import { type Entry, exampleBatch, type Read, type Writer } from './writer.js';

type Named = readonly [name: string, f: (x: Tensor) => Tensor];

/** Adds a line or a few to a step, if they fit what is there. */
type Maker = (w: Writer) => void;

/** Tails of vectors, whole vectors, and now and then more than 32. */
export function size(draws: Draws): number {
  return draws.chance(0.08)
    ? draws.one([12, 16, 17, 33, 35, 40])
    : draws.one([1, 1, 2, 3, 3, 4, 4, 5, 6, 7, 8, 9]);
}

const count = (shape: readonly number[]) => shape.reduce((all, n) => all * n, 1);
/** The axes of an entry that are not the batch. */
const axesOf = ({ shape, lead }: Entry) => [...shape.keys()].slice(lead > 0 ? 1 : 0);
const last = ({ shape }: Entry) => shape.at(-1) ?? 1;
const positive = (x: Tensor) => tf.add(tf.square(x), 0.5);
const unit = (x: Tensor) => tf.mul(0.9, tf.tanh(x));
const float = (x: Tensor) => tf.cast(x, 'float32');
const whole = (x: Tensor) => tf.cast(x, 'int32');
/** With slopes of 0, where tfjs has none. */
const still =
  <A extends Tensor[]>(f: (...args: A) => Tensor) =>
  (...args: A): Tensor =>
    tf.customGrad(() => ({ value: f(...args), gradFunc: () => args.map(({ shape }) => tf.zeros(shape)) }))(
      ...args,
    );

/** Both in the larger shape: tfjs gives wrong slopes of some ops that broadcast. */
const alike = (a: Tensor, b: Tensor): [Tensor, Tensor] => [
  tf.add(a, tf.zerosLike(b)),
  tf.add(b, tf.zerosLike(a)),
];

const smooth: Record<string, (x: Tensor) => Tensor> = {
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
const rough: Record<string, (x: Tensor) => Tensor> = {
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
const pairs: Record<string, (a: Tensor, b: Tensor) => Tensor> = {
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
const roughPairs: Record<string, (a: Tensor, b: Tensor) => Tensor> = {
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
function drawn<F>(draws: Draws, even: Record<string, F>, uneven: Record<string, F>): [string, F] | undefined {
  return draws.maybe(Object.entries(draws.chance(0.18) ? uneven : even));
}

const unary: Maker = (w) => {
  const x = w.draws.chance(0.08) ? (w.draws.maybe(w.shared()) ?? w.row()) : w.row();
  const [name, f] = drawn(w.draws, smooth, rough) ?? ['tanh', tf.tanh];
  w.write(`${name} ${x.id}`, x.lead, (read) => f(read(x)));
};

function broadcasts(a: readonly number[], b: readonly number[]): boolean {
  return a.every((n, i) => {
    const m = b[b.length - a.length + i] ?? 1;
    return n === m || n === 1 || m === 1;
  });
}

/** Something to combine with x by broadcasting. */
function partner(w: Writer, x: Entry): { text: string; lead: number; get: Run2 } | undefined {
  const { draws } = w;
  const as = (entry: Entry) => ({
    text: String(entry.id),
    lead: entry.lead,
    get: (read: Read) => read(entry),
  });
  const kind = draws.below(12);
  if (kind < 6) {
    const others = w
      .rows()
      .filter((e) => e.lead === x.lead && e.shape.length === x.shape.length && broadcasts(e.shape, x.shape));
    const other = draws.maybe(others);
    return other && as(other);
  }
  if (kind < 9 || x.shape.length === 0) {
    const fits = w
      .shared()
      .filter(
        ({ shape }) => shape.length < x.shape.length || (shape.length === x.shape.length && shape[0] === 1),
      )
      .filter(({ shape }) => broadcasts(shape, x.shape));
    const before = draws.chance(0.5) ? draws.maybe(fits) : undefined;
    if (before) return as(before);
    const from = draws.below(x.shape.length + 1);
    const shape = x.shape
      .slice(from)
      .map((n, i) => ((i + from === 0 && x.lead > 0) || draws.chance(0.3) ? 1 : n));
    return as(w.captured(shape));
  }
  if (kind === 9) {
    const number = draws.one([0.5, -1, 2, 1, 0, 0.1, 3]);
    return { text: String(number), lead: 0, get: () => tf.scalar(number) };
  }
  if (kind === 10 && x.shape.length > 1) {
    const numbers = Array.from({ length: last(x) }, () => Math.round(draws.fraction() * 20 - 10) / 10);
    return { text: `[${numbers}]`, lead: 0, get: () => tf.tensor1d(numbers) };
  }
  const [one, f] = draws.one([['ones', tf.ones] as const, ['zeros', tf.zeros] as const]);
  const rest = x.shape.slice(1);
  return { text: one, lead: x.lead, get: (_, batch) => f([x.lead * batch, ...rest]) };
}
type Run2 = (read: Read, batch: number) => Tensor;

const binary: Maker = (w) => {
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

const select: Maker = (w) => {
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
  const condition: Run2 = (read, batch) => {
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
const fold: Maker = (w) => {
  const x = w.draws.chance(0.08) ? (w.draws.maybe(w.shared()) ?? w.row()) : w.row();
  const axes = w.draws.some(axesOf(x), 0.6);
  const [name, f] = w.draws.maybe(Object.entries(folds)) ?? ['sum', tf.sum];
  const keep = w.draws.chance(0.6);
  w.write(`${name} ${x.id} over ${axes}${keep ? ', kept' : ''}`, x.lead, (read) => f(read(x), axes, keep));
};

/** The row as a matrix, times a weight; at times as fused.matMul, or with a bias. */
const weightProduct: Maker = (w) => {
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
const weightFirst: Maker = (w) => {
  const x = w.row();
  if (x.shape.length !== 3 || x.lead !== 1) return;
  const [m, k] = [size(w.draws), x.shape[1] ?? 1];
  const weight = w.captured([m, k]);
  w.write(`matMul (${weight.id} for each) ${x.id}`, x.lead, (read, batch) =>
    tf.matMul(tf.tile(tf.expandDims(read(weight), 0), [batch, 1, 1]), read(x)),
  );
};

const rowProduct: Maker = (w) => {
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
const vectorProduct: Maker = (w) => {
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

const softmax: Maker = (w) => {
  const x = w.row();
  if (x.shape.length < 2) return;
  const [name, f] = w.draws.one<Named>([
    ['softmax', (t: Tensor) => tf.softmax(t)],
    ['softmax, sharp', (t: Tensor) => tf.softmax(tf.mul(3, t))],
    ['logSoftmax', (t: Tensor) => tf.logSoftmax(t)],
  ]);
  w.write(`${name} ${x.id}`, x.lead, (read) => f(read(x)));
};

const concat: Maker = (w) => {
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

const stack: Maker = (w) => {
  const x = w.row();
  const fits = w.rows().filter((e) => e.lead === x.lead && String(e.shape) === String(x.shape));
  const all = w.draws.order([x, ...w.draws.some(fits, 0.5).slice(0, 2)]);
  const axis = 1 + w.draws.below(x.shape.length);
  w.write(`stack ${all.map(({ id }) => id)} along ${axis}`, x.lead, (read) => tf.stack(all.map(read), axis));
};

/** All parts, or one of them. */
const split: Maker = (w) => {
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

const slice: Maker = (w) => {
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
const rotate: Maker = (w) => {
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

const pad: Maker = (w) => {
  const { draws } = w;
  const x = w.row();
  const own = axesOf(x);
  const sizes = x.shape.map((_, axis): [number, number] =>
    own.includes(axis) ? [draws.below(3), draws.below(3)] : [0, 0],
  );
  const value = draws.one([0, 0, 0.5]);
  w.write(`pad ${x.id} ${sizes.join(' ')} ${value}`, x.lead, (read) => tf.pad(read(x), sizes, value));
};

const transpose: Maker = (w) => {
  const x = w.draws.chance(0.15) ? (w.draws.maybe(w.shared()) ?? w.row()) : w.row();
  const order = [...(x.lead > 0 ? [0] : []), ...w.draws.order(axesOf(x))];
  w.write(`transpose ${x.id} to ${order}`, x.lead, (read) => tf.transpose(read(x), order));
};

const tile: Maker = (w) => {
  const x = w.row();
  const repeats = x.shape.map((n, axis) =>
    axis > 0 && w.draws.chance(0.5) ? (n === 1 ? size(w.draws) : 2) : 1,
  );
  w.write(`tile ${x.id} ${repeats}`, x.lead, (read) => tf.tile(read(x), repeats));
};

const broadcastTo: Maker = (w) => {
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

const reverse: Maker = (w) => {
  const x = w.row();
  const axes = w.draws.some(axesOf(x));
  if (axes.length > 0) w.write(`reverse ${x.id} ${axes}`, x.lead, (read) => tf.reverse(read(x), axes));
};

/** Along the last axis, of which alone tfjs gives the right slopes. */
const cumulate: Maker = (w) => {
  const { draws } = w;
  const x = w.row();
  const axis = draws.maybe(w.gradients ? axesOf(x).slice(-1) : axesOf(x));
  if (axis === undefined) return;
  const [exclusive, backwards] = [draws.chance(0.5), draws.chance(0.5)];
  w.write(`cumsum ${x.id} along ${axis} ${exclusive} ${backwards}`, x.lead, (read) =>
    tf.cumsum(read(x), axis, exclusive, backwards),
  );
};

const cumprod: Maker = (w) => {
  const { draws } = w;
  const x = w.row();
  const axis = draws.maybe(axesOf(x));
  if (axis === undefined || w.gradients) return;
  const [exclusive, backwards] = [draws.chance(0.5), draws.chance(0.5)];
  w.write(`cumprod ${x.id} along ${axis} ${exclusive} ${backwards}`, x.lead, (read) =>
    tf.cumprod(tf.sigmoid(read(x)), axis, exclusive, backwards),
  );
};

/** Other axes of the same numbers; at times some of them join the batch, or leave it. */
const reshape: Maker = (w) => {
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

const expandDims: Maker = (w) => {
  const x = w.row();
  const axis = 1 + w.draws.below(x.shape.length);
  const ones = axesOf(x).filter((each) => x.shape[each] === 1);
  const one = w.draws.maybe(ones);
  if (one !== undefined && w.draws.chance(0.5))
    w.write(`squeeze ${x.id} ${one}`, x.lead, (read) => tf.squeeze(read(x), [one]));
  else w.write(`expandDims ${x.id} ${axis}`, x.lead, (read) => tf.expandDims(read(x), axis));
};

/** With the batch behind an axis of 1. */
const inFront: Maker = (w) => {
  const x = w.row();
  w.write(`tanh ${x.id} behind an axis`, x.lead, (read) =>
    tf.squeeze(tf.tanh(tf.expandDims(read(x), 0)), [0]),
  );
};

const gather: Maker = (w) => {
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

const lookUp: Maker = (w) => {
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
const pickOwn: Maker = (w) => {
  const k = w.draws.maybe(w.integers().filter(({ shape }) => shape.length === 2));
  const x = k && w.draws.maybe(w.rows().filter((e) => e.lead === k.lead && e.shape.length > 1));
  const axis = x && w.draws.maybe(axesOf(x).filter((each) => (x.shape[each] ?? 0) >= k.below));
  if (!k || !x || axis === undefined) return;
  w.write(`gather ${x.id} by ${k.id} of each along ${axis}`, x.lead, (read) =>
    tf.gather(read(x), whole(read(k)), axis, 1),
  );
};

const argBest: Maker = (w) => {
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

const integers: Maker = (w) => {
  const k = w.draws.maybe(w.integers());
  if (!k) return;
  const [name, f] = w.draws.one<Named>([
    ['not 1', (x: Tensor) => float(tf.notEqual(x, tf.scalar(1, 'int32')))],
    ['as a fraction', (x: Tensor) => tf.mul(0.3, float(x))],
    ['odd', (x: Tensor) => float(tf.equal(tf.mod(x, tf.scalar(2, 'int32')), tf.scalar(1, 'int32')))],
  ]);
  w.write(`${name} ${k.id}`, k.lead, (read) => f(whole(read(k))));
};

/** a · g + b · (1 - g) */
const interpolate: Maker = (w) => {
  const x = w.row();
  const [a, g] = [partner(w, x), partner(w, x)];
  if (!a || !g) return;
  w.write(`interpolate ${x.id} and ${a.text} by ${g.text}`, x.lead, (read, batch) => {
    const gate = tf.sigmoid(g.get(read, batch));
    return tf.add(tf.mul(read(x), gate), tf.mul(a.get(read, batch), tf.sub(1, gate)));
  });
};

/** xᵖ / Σ xᵖ */
const sharpen: Maker = (w) => {
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
const cosine: Maker = (w) => {
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

const layerNorm: Maker = (w) => {
  const x = w.row();
  if (last(x) < 2 || x.shape.length < 2) return;
  const gain = w.captured([last(x)]);
  w.write(`layer norm ${x.id} by ${gain.id}`, x.lead, (read) => {
    const { mean, variance } = tf.moments(read(x), -1, true);
    return tf.mul(tf.mul(tf.sub(read(x), mean), tf.rsqrt(tf.add(variance, 1e-2))), read(gain));
  });
};

/** M ∘ (1 - w eᵀ) + w aᵀ */
const writeMemory: Maker = (w) => {
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

const sharedOps: Maker = (w) => {
  const a = w.draws.maybe(w.shared());
  const b = a && w.draws.maybe(w.shared().filter(({ shape }) => broadcasts(shape, a.shape)));
  if (!a || !b || b.shape.length > a.shape.length) return;
  const [name, f] = drawn(w.draws, pairs, roughPairs) ?? ['add', tf.add];
  w.write(`${name} ${a.id} ${b.id}`, 0, (read) => f(read(a), read(b)));
};

/** How often each is drawn. */
const weighted: [Maker, number][] = [
  [unary, 9],
  [binary, 16],
  [select, 2],
  [fold, 8],
  [weightProduct, 9],
  [weightFirst, 1],
  [rowProduct, 7],
  [vectorProduct, 4],
  [softmax, 4],
  [concat, 4],
  [stack, 2],
  [split, 3],
  [slice, 3],
  [rotate, 2],
  [pad, 2],
  [transpose, 3],
  [tile, 2],
  [broadcastTo, 2],
  [reverse, 1],
  [cumulate, 2],
  [cumprod, 1],
  [reshape, 6],
  [expandDims, 4],
  [inFront, 1],
  [gather, 1],
  [lookUp, 4],
  [pickOwn, 2],
  [argBest, 1],
  [integers, 1],
  [interpolate, 3],
  [sharpen, 1],
  [cosine, 2],
  [layerNorm, 1],
  [writeMemory, 2],
  [sharedOps, 2],
];
const makers = weighted.flatMap(([maker, often]) => Array.from({ length: often }, () => maker));

/** Adds a random line, or a few. */
export function writeLines(w: Writer): void {
  w.draws.maybe(makers)?.(w);
}

/** A tensor of this shape of each sequence, made of what the step has. */
export function become(w: Writer, shape: readonly number[]): Entry | undefined {
  const wanted = count(shape);
  const x = w.row();
  const has = count(x.shape) / exampleBatch;
  const [form, flat] = [
    [-1, ...shape],
    [-1, has],
  ];
  if (has === wanted) return w.write(`${x.id} as [b, ${shape}]`, 1, (read) => tf.reshape(read(x), form));
  if (has > wanted && w.draws.chance(0.5))
    return w.write(`the first of ${x.id} as [b, ${shape}]`, 1, (read) =>
      tf.reshape(tf.slice(tf.reshape(read(x), flat), [0, 0], [-1, wanted]), form),
    );
  if (wanted % has === 0 && w.draws.chance(0.5))
    return w.write(`tile ${x.id} as [b, ${shape}]`, 1, (read) =>
      tf.reshape(tf.tile(tf.reshape(read(x), flat), [1, wanted / has]), form),
    );
  const weight = w.captured([has, wanted], Math.sqrt(2 / has));
  return w.write(`${x.id} ${weight.id} as [b, ${shape}]`, 1, (read) =>
    tf.reshape(tf.matMul(tf.reshape(read(x), flat), tf.reshape(read(weight), [has, wanted])), form),
  );
}
