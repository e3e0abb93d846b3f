import { type Shape, stridesOf } from './graph.js';

export function sameShape(a: Shape, b: Shape): boolean {
  return a === b || (a.length === b.length && a.every((count, axis) => count === b[axis]));
}

/** Without the axes of size 1. */
export function dense(shape: Shape): Shape {
  return shape.filter((count) => count !== 1);
}

/** The shape that numpy broadcasts these to, or undefined if it does not. */
export function broadcastShape(shapes: readonly Shape[]): Shape | undefined {
  const [first] = shapes;
  if (first && shapes.every((shape) => shape === first)) return first;
  const out: number[] = [];
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  for (let axis = 1; axis <= rank; axis++) {
    let count = 1;
    for (const shape of shapes) {
      const own = shape.at(-axis) ?? 1;
      if (own === 1) continue;
      if (count !== 1 && count !== own) return undefined;
      count = own;
    }
    out.unshift(count);
  }
  return out;
}

/** The strides of a tensor of shape `from` where it is broadcast to `to`: 0 along the axes it does not have. */
export function broadcastStrides(from: Shape, to: Shape): number[] {
  const strides = stridesOf(from);
  const missing = to.length - from.length;
  return to.map((_, axis) => ((from[axis - missing] ?? 1) === 1 ? 0 : (strides[axis - missing] ?? 0)));
}

/**
 * `part` is broadcast to `whole`, which is then read as `read`. Returns the shape in which to read `part` so that it is
 * broadcast to `read` with the same result, or undefined if `read` differs from `whole` in more than axes of size 1.
 */
export function realign(part: Shape, whole: Shape, read: Shape): Shape | undefined {
  if (sameShape(whole, read)) return part;
  const missing = whole.length - part.length;
  const own = whole.flatMap((count, axis) => (count === 1 ? [] : [part[axis - missing] ?? 1]));
  if (!sameShape(dense(whole), dense(read))) return undefined;
  let next = 0;
  return read.map((count) => (count === 1 ? 1 : (own[next++] ?? 1)));
}
