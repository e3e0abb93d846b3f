import { type Shape, stridesOf } from './graph.js';

export function sameShape(a: Shape, b: Shape): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let axis = 0; axis < a.length; axis++) if (a[axis] !== b[axis]) return false;
  return true;
}

/** Without the axes of size 1. */
export function dense(shape: Shape): Shape {
  return shape.filter((count) => count !== 1);
}

/** The shape that numpy broadcasts these to, or undefined if it does not. */
export function broadcastShape(shapes: readonly Shape[]): Shape | undefined {
  const [first = []] = shapes;
  if (shapes.every((shape) => sameShape(shape, first))) return first;
  let rank = 0;
  for (const shape of shapes) rank = Math.max(rank, shape.length);
  const out: number[] = new Array(rank).fill(1);
  for (const shape of shapes)
    for (let i = 0; i < shape.length; i++) {
      const at = rank - shape.length + i;
      const count = shape[i] ?? 1;
      if (count === 1 || count === out[at]) continue;
      if (out[at] !== 1) return undefined;
      out[at] = count;
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
