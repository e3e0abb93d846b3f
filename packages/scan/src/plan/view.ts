import { type Shape, stridesOf } from '../graph/graph.js';

/** Where numbers begin in a cell. */
export interface CellPlace {
  readonly cell: number;
  readonly offset: number;
}

/** Where numbers lie in a cell: the one at [i, j, …] at offset + i·strides[0] + j·strides[1] + … */
export interface View extends CellPlace {
  readonly shape: Shape;
  readonly strides: readonly number[];
}

/** A tensor that fills its cell from the first number on. */
export function wholeOf(cell: number, shape: Shape): View {
  return { cell, offset: 0, shape, strides: stridesOf(shape) };
}

/** Where the first number lies. */
export function placeOf({ cell, offset }: View): CellPlace {
  return { cell, offset };
}

/** Whether the numbers follow each other without gaps. */
export function isContiguous({ shape, strides }: View): boolean {
  const expected = stridesOf(shape);
  return shape.every((size, axis) => size === 1 || strides[axis] === expected[axis]);
}

/** The same numbers in another shape; undefined where no strides say that. */
export function reshaped(view: View, shape: Shape): View | undefined {
  if (isContiguous(view)) return { ...view, shape, strides: stridesOf(shape) };
  const from = axesOf(view);
  const strides: number[] = [];
  // From the last axis on: an axis of the new shape is part of one of the old shape, or several that lie in one another.
  let { size, stride } = from.pop() ?? { size: 1, stride: 0 };
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const wanted = shape[axis] ?? 1;
    if (wanted === 1) {
      strides[axis] = 0;
      continue;
    }
    if (size === 1) {
      const next = from.pop();
      if (next === undefined) return undefined;
      ({ size, stride } = next);
    }
    while (size % wanted !== 0) {
      const next = from.pop();
      if (next === undefined || next.stride !== stride * size) return undefined;
      size *= next.size;
    }
    strides[axis] = stride;
    stride *= wanted;
    size /= wanted;
  }
  return { ...view, shape, strides };
}

/** The axes longer than 1, neighbours joined where they lie in one another. */
function axesOf({ shape, strides }: View): { size: number; stride: number }[] {
  const axes: { size: number; stride: number }[] = [];
  for (const [axis, size] of shape.entries()) {
    const stride = strides[axis] ?? 0;
    if (size === 1) continue;
    const last = axes.at(-1);
    if (last !== undefined && last.stride === stride * size) {
      last.size *= size;
      last.stride = stride;
    } else axes.push({ size, stride });
  }
  return axes;
}

/** Strides of a view that is broadcast to `shape`. */
export function broadcastStrides({ shape, strides }: View, to: Shape): number[] {
  const missing = to.length - shape.length;
  return to.map((_, axis) => ((shape[axis - missing] ?? 1) === 1 ? 0 : (strides[axis - missing] ?? 0)));
}
