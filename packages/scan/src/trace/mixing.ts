import { countOf, type Op, type Shape } from '../graph/graph.js';

/** The shape of what one sequence has, and the axis of the batch, -1 where there is none. */
export interface Part {
  readonly shape: Shape;
  readonly axis: number;
}

/**
 * Finds the part of one sequence from the shapes with a batch of 2 and of 3. The batch must be outermost: it may stand
 * behind axes of 1 only.
 * @returns undefined where it is not
 */
export function partOf(two: Shape, three: Shape): Part | undefined {
  if (two.length !== three.length) return undefined;
  const axis = two.findIndex((n, i) => n !== three[i]);
  if (axis < 0) return { shape: two, axis };
  const count = (two[axis] ?? 0) / 2;
  const outermost = two.every((n, i) =>
    i < axis ? n === 1 : i > axis ? n === three[i] : Number.isInteger(count) && three[i] === 3 * count,
  );
  return outermost ? { shape: two.map((n, i) => (i === axis ? count : n)), axis } : undefined;
}

/** `sums`: over the sequences. `mixes`: otherwise. `keeps`: each sequence to itself. */
export type Effect = 'keeps' | 'sums' | 'mixes';

const mixesIf = (mixes: boolean): Effect => (mixes ? 'mixes' : 'keeps');

/** What an op does along the batch of its operands, given what one sequence has of them. */
export function effectOf(op: Op, inputs: readonly Part[], out: Part, paired: boolean): Effect {
  const [first = out, second = first] = inputs;
  switch (op.op) {
    case 'fold':
      return op.axes.includes(first.axis) ? (op.f === 'sum' ? 'sums' : 'mixes') : 'keeps';
    case 'product': {
      const inner = ({ shape, axis }: Part, transposed: boolean, back: number) =>
        axis >= 0 && axis === shape.length - (transposed ? 3 - back : back);
      const summed = inner(first, op.transposeA, 1) || inner(second, op.transposeB, 2);
      return summed ? 'sums' : 'keeps';
    }
    case 'softmax':
      return mixesIf(first.axis === first.shape.length - 1);
    case 'cumulate':
    case 'argMax':
    case 'argMin':
      return mixesIf(first.axis === op.axis);
    case 'concat':
      return mixesIf(out.axis === op.axis);
    case 'pad':
      return mixesIf(first.axis >= 0 && first.shape[first.axis] !== out.shape[first.axis]);
    case 'gather':
      if (paired) return mixesIf(first.axis !== second.axis || second.shape[0] !== 1 || op.axis === 0);
      return mixesIf(first.axis >= 0 && (first.axis === op.axis || second.axis >= 0));
    case 'segmentSum':
      return first.axis === 0 || second.axis === 0 ? 'sums' : 'keeps';
    case 'view':
      return mixesIf(!staysInSequence(op.strides, first, out));
    default:
      return 'keeps';
  }
}

/**
 * Whether a view gives numbers that are as far apart from sequence to sequence as the sequences are in the operand. Since
 * it stays inside of the operand with any batch, it then stays inside of each sequence.
 */
function staysInSequence(strides: readonly number[], from: Part, out: Part): boolean {
  if (out.axis < 0) return from.axis < 0;
  const apart = (strides[out.axis] ?? 0) * (out.shape[out.axis] ?? 0);
  return apart === (from.axis < 0 ? 0 : countOf(from.shape));
}
