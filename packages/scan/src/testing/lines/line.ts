import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Draws } from '../draws.js';
import type { Entry, Read, Writer } from '../writer.js';

export type Named = readonly [name: string, f: (x: Tensor) => Tensor];

/** Adds a line or a few to a step, if they fit what is there. */
export type Maker = (w: Writer) => void;

/** Reads a tensor of a step. */
export type Getter = (read: Read, batch: number) => Tensor;

/** Tails of vectors, whole vectors, and now and then more than 32. */
export function size(draws: Draws): number {
  return draws.chance(0.08)
    ? draws.one([12, 16, 17, 33, 35, 40])
    : draws.one([1, 1, 2, 3, 3, 4, 4, 5, 6, 7, 8, 9]);
}

export const count = (shape: readonly number[]) => shape.reduce((all, n) => all * n, 1);

/** The axes of an entry that are not the batch. */
export const axesOf = ({ shape, lead }: Entry) => [...shape.keys()].slice(lead > 0 ? 1 : 0);

export const last = ({ shape }: Entry) => shape.at(-1) ?? 1;

export const positive = (x: Tensor) => tf.add(tf.square(x), 0.5);

export const float = (x: Tensor) => tf.cast(x, 'float32');

export const whole = (x: Tensor) => tf.cast(x, 'int32');

/** With slopes of 0, where tfjs has none. */
export const still =
  <A extends Tensor[]>(f: (...args: A) => Tensor) =>
  (...args: A): Tensor =>
    tf.customGrad(() => ({ value: f(...args), gradFunc: () => args.map(({ shape }) => tf.zeros(shape)) }))(
      ...args,
    );

/** Both in the larger shape: tfjs gives wrong slopes of some ops that broadcast. */
export const alike = (a: Tensor, b: Tensor): [Tensor, Tensor] => [
  tf.add(a, tf.zerosLike(b)),
  tf.add(b, tf.zerosLike(a)),
];

export function broadcasts(a: readonly number[], b: readonly number[]): boolean {
  return a.every((n, i) => {
    const m = b[b.length - a.length + i] ?? 1;
    return n === m || n === 1 || m === 1;
  });
}

/** Something to combine with x by broadcasting. */
export function partner(w: Writer, x: Entry): { text: string; lead: number; get: Getter } | undefined {
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
