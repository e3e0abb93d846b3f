import { countOf, type Operand, type Shape, stridesOf } from '../graph/graph.js';
import { dense, sameShape } from '../graph/shapes.js';
import { forOp, type OpOf, type Rewriter } from './rewriter.js';

type ViewOp = OpOf<'view'>;

/** Whether a view gives all numbers in their order. */
function isWhole(op: ViewOp, shape: Shape, count: number): boolean {
  if (op.offset !== 0 || countOf(shape) !== count) return false;
  return stridesOf(shape).every((stride, axis) => shape[axis] === 1 || stride === op.strides[axis]);
}

/** The operand as it is before a view broadcasts it: in a shape that is broadcast to the operand's. */
export function narrow(to: Rewriter, operand: Operand): Operand {
  const node = to.producer(operand.value);
  if (node?.op.op !== 'view') return operand;
  const whole = to.shapeOf(operand.value);
  const { offset, strides } = node.op;
  if (!strides.some((stride, axis) => stride === 0 && whole[axis] !== 1)) return operand;
  if (!sameShape(dense(whole), dense(operand.shape))) return operand;
  const own = whole.flatMap((count, axis) => (count === 1 ? [] : [axis]));
  let next = 0;
  const axes = operand.shape.map((count) => (count === 1 ? -1 : (own[next++] ?? -1)));
  const steps = axes.map((axis) => strides[axis] ?? 0);
  const shape = operand.shape.map((count, axis) => (steps[axis] === 0 ? 1 : count));
  return to.make({ op: 'view', offset, strides: steps }, node.inputs, shape);
}

/** A step through a tensor of `shape` as steps along its axes. */
function digitsOf(stride: number, shape: Shape): number[] {
  let rest = Math.abs(stride);
  return stridesOf(shape).map((each) => {
    const digit = Math.floor(rest / each);
    rest -= digit * each;
    return digit * Math.sign(stride);
  });
}

/** A view as ranges of the indices of a tensor of `inner`: where it starts, and the steps of each of its axes. */
interface Walk {
  readonly start: readonly number[];
  readonly steps: readonly (readonly number[])[];
  readonly low: readonly number[];
  readonly high: readonly number[];
}

function walkOf(op: ViewOp, shape: Shape, inner: Shape): Walk | undefined {
  const start = digitsOf(op.offset, inner);
  const steps = shape.map((count, axis) =>
    count === 1 ? inner.map(() => 0) : digitsOf(op.strides[axis] ?? 0, inner),
  );
  const bound = (pick: (a: number, b: number) => number) =>
    start.map((from, axis) =>
      steps.reduce((sum, step, i) => sum + pick(0, (step[axis] ?? 0) * ((shape[i] ?? 1) - 1)), from),
    );
  const [low, high] = [bound(Math.min), bound(Math.max)];
  const inside = inner.every((count, axis) => (low[axis] ?? 0) >= 0 && (high[axis] ?? 0) < count);
  return inside ? { start, steps, low, high } : undefined;
}

/** The view that takes the same walk through memory with other strides, its indices moved by `by`. */
function along(
  { start, steps }: Walk,
  strides: readonly number[],
  offset: number,
  by: readonly number[] = [],
): ViewOp {
  const dot = (digits: readonly number[]) =>
    digits.reduce((sum, digit, i) => sum + digit * (strides[i] ?? 0), 0);
  const from = start.map((digit, axis) => digit - (by[axis] ?? 0));
  return { op: 'view', offset: offset + dot(from), strides: steps.map(dot) };
}

/** Views that are all of their operand, views of views, of a piece of a concat, and of what was padded. */
export const views = forOp('view', (to, { op, inputs: [input], shape }) => {
  if (!input) return undefined;
  if (isWhole(op, shape, countOf(input.shape))) return input;
  if (shape.some((count, axis) => count === 1 && op.strides[axis] !== 0)) {
    const strides = op.strides.map((stride, axis) => (shape[axis] === 1 ? 0 : stride));
    return to.make({ ...op, strides }, [input], shape);
  }
  const node = to.producer(input.value);
  if (!node || !['view', 'concat', 'pad'].includes(node.op.op)) return undefined;
  const inner = to.shapeOf(input.value);
  const walk = walkOf(op, shape, inner);
  if (!walk) return undefined;
  if (node.op.op === 'view') return to.make(along(walk, node.op.strides, node.op.offset), node.inputs, shape);
  /** Of `piece`, whose first number has the index `before` in the tensor that the view reads. */
  const within = (piece: Operand, before: readonly number[]) => {
    const fits = piece.shape.every((count, axis) => {
      const from = before[axis] ?? 0;
      return (walk.low[axis] ?? 0) >= from && (walk.high[axis] ?? 0) < from + count;
    });
    return fits ? to.make(along(walk, stridesOf(piece.shape), 0, before), [piece], shape) : undefined;
  };
  const [first] = node.inputs;
  if (node.op.op === 'pad' && first) {
    const { before, value } = node.op;
    const outside = first.shape.some(
      (count, axis) =>
        (walk.high[axis] ?? 0) < (before[axis] ?? 0) || (walk.low[axis] ?? 0) >= (before[axis] ?? 0) + count,
    );
    if (outside) return to.constant(new Float64Array(countOf(shape)).fill(value), shape);
    return within(first, before);
  }
  if (node.op.op !== 'concat') return undefined;
  const { axis } = node.op;
  let start = 0;
  for (const piece of node.inputs) {
    const found = within(
      piece,
      inner.map((_, each) => (each === axis ? start : 0)),
    );
    if (found) return found;
    start += piece.shape[axis] ?? 0;
  }
  return undefined;
});

/** Concats of one tensor, and of concats. */
export const concats = forOp('concat', (to, { op, inputs, shape, kind }) => {
  const filled = inputs.filter((input) => countOf(input.shape));
  if (filled.length === 1) return filled[0];
  const flat = filled.flatMap((input) => {
    const node = to.sole(input.value);
    const same =
      node?.op.op === 'concat' && node.op.axis === op.axis && sameShape(to.shapeOf(input.value), input.shape);
    return same ? node.inputs : [input];
  });
  return flat.length === inputs.length ? undefined : to.make(op, flat, shape, kind);
});
