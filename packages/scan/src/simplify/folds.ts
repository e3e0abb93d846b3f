import { countOf, type Operand, type Shape } from '../graph/graph.js';
import { dense, sameShape } from '../graph/shapes.js';
import { peel } from './maps.js';
import { forOp } from './rewriter.js';
import { narrow } from './views.js';

/** Without `axes`, or with each of them as 1. */
export function foldedShape(shape: Shape, axes: readonly number[], kept = false): Shape {
  return shape.flatMap((count, axis) => (axes.includes(axis) ? (kept ? [1] : []) : [count]));
}

/** Folds over nothing, and of negatives. */
export const folds = forOp('fold', (to, { op, inputs: [input], shape, kind }) => {
  if (!input) return undefined;
  if (countOf(input.shape) === countOf(shape) && kind === to.kindOf([input])) return input;
  const minus = op.f === 'sum' && to.sole(input.value) ? peel(to, input, ['neg']) : undefined;
  return minus && to.map('neg', shape, to.make(op, minus.inputs, shape, kind));
});

/** A sum over what was broadcast is a multiple. */
export const foldsOfBroadcasts = forOp('fold', (to, { op, inputs: [input], shape, kind }) => {
  const inner = input && narrow(to, input);
  if (!input || !inner || inner === input) return undefined;
  const times = op.axes.reduce((n, axis) => (n * (input.shape[axis] ?? 1)) / (inner.shape[axis] ?? 1), 1);
  if (op.f === 'prod' && times !== 1) return undefined;
  const small = foldedShape(inner.shape, op.axes, shape.length === input.shape.length);
  const folded = to.make(op, [inner], small, kind);
  return to.broadcast(op.f === 'sum' ? to.map('mul', small, folded, to.scalar(times)) : folded, shape);
});

/** The axes of `inner` that are those of `read`, where `read` is `inner` without `folded` but for axes of size 1. */
function axesWithin(inner: Shape, folded: readonly number[], read: Shape, axes: readonly number[]) {
  const rest = inner.flatMap((count, axis) => (count === 1 || folded.includes(axis) ? [] : [axis]));
  const large = read.flatMap((count, axis) => (count === 1 ? [] : [axis]));
  return large.flatMap((axis, i) => (axes.includes(axis) ? (rest[i] ?? []) : []));
}

/** A fold of a fold is one. */
export const foldsOfFolds = forOp('fold', (to, { op, inputs: [input], shape, kind }) => {
  const node = input && to.sole(input.value);
  const first = node?.inputs[0];
  if (!input || !first || node.op.op !== 'fold' || node.op.f !== op.f) return undefined;
  if (!sameShape(dense(to.shapeOf(input.value)), dense(input.shape))) return undefined;
  const axes = [...node.op.axes, ...axesWithin(first.shape, node.op.axes, input.shape, op.axes)];
  const one: Operand = to.make(
    { ...op, axes: axes.sort((a, b) => a - b) },
    [first],
    foldedShape(first.shape, axes),
    kind,
  );
  return countOf(one.shape) === countOf(shape) ? one : undefined;
});
