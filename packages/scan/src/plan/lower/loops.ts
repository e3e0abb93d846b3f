import type { Kind, Shape } from '../../graph/graph.js';
import { broadcastStrides, type View } from '../view.js';
import type { Access, Argument, Loop } from '../work.js';
import type { Held, Lowering } from './lowering.js';

/** The axes of a loop: those of a shape that are longer than 1. */
export interface LoopAxes {
  /** The numbers of a tensor that is broadcast to the shape. */
  access(view: View): Access;
  argument(held: Held): Argument;
  /** Which of the loop's axes are among these axes of the shape. */
  marked(over: readonly number[]): boolean[];
}

/** What a loop does at each index. */
export type Body = Partial<Pick<Loop, 'terms' | 'stores' | 'reductions'>>;

/** Adds a loop over the axes of `shape` that are longer than 1. */
export function addLoop(
  lowering: Lowering,
  order: Kind,
  shape: Shape,
  bodyOver: (axes: LoopAxes) => Body,
): void {
  const axes = shape.flatMap((size, axis) => (size === 1 ? [] : [axis]));
  const sizes = axes.map((axis) => shape[axis] ?? 1);
  const { terms = [], stores = [], reductions = [] } = bodyOver(loopAxes(shape, axes));
  // A fold over axes of one number each is the number.
  const idle = reductions.filter(({ over }) => !over.includes(true));
  lowering.add({
    kind: 'loop',
    pass: lowering.pass,
    order,
    sizes: sizes.length === 0 ? [1] : sizes,
    terms,
    stores: [...stores, ...idle.map(({ from, to }) => ({ from, to }))],
    reductions: reductions.filter((each) => !idle.includes(each)),
  });
}

/** A loop over a shape of ones has one axis, of one iteration. */
function loopAxes(shape: Shape, axes: readonly number[]): LoopAxes {
  const access = (view: View): Access => {
    const strides = broadcastStrides(view, shape);
    const own = axes.length === 0 ? [1] : axes.map((axis) => strides[axis] ?? 0);
    return { cell: view.cell, offset: view.offset, strides: own };
  };
  return {
    access,
    argument: (held) =>
      typeof held === 'number' ? { kind: 'constant', value: held } : { kind: 'cell', access: access(held) },
    marked: (over) => (axes.length === 0 ? [false] : axes.map((axis) => over.includes(axis))),
  };
}

/** What the term at that place computed. */
export function register(index: number): Argument {
  return { kind: 'register', index };
}
