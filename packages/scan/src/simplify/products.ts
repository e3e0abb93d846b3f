import { countOf, type Operand, type Shape, stridesOf } from '../graph/graph.js';
import { sameShape } from '../graph/shapes.js';
import { forOp, type OpOf, type Rewriter } from './rewriter.js';

type ProductOp = OpOf<'product'>;

/** With the last two axes exchanged. */
export const swapped = (shape: Shape): Shape => {
  const [rows = 1, columns = 1] = shape.slice(-2);
  return [...shape.slice(0, -2), columns, rows];
};

/** An outer product is a map. */
export const outerProducts = forOp('product', (to, { op, inputs: [a, b], shape, kind }) => {
  if (!a || !b || kind !== to.kindOf([a, b])) return undefined;
  if (a.shape.at(op.transposeA ? -2 : -1) !== 1) return undefined;
  const column = { value: a.value, shape: op.transposeA ? swapped(a.shape) : a.shape };
  const row = { value: b.value, shape: op.transposeB ? swapped(b.shape) : b.shape };
  return to.map('mul', shape, column, row);
});

/** What `operand` is the transpose of, over its last two axes. */
function transposed(to: Rewriter, operand: Operand): Operand | undefined {
  const node = to.producer(operand.value);
  const [source] = node?.inputs ?? [];
  if (node?.op.op !== 'view' || !source || countOf(source.shape) !== countOf(operand.shape)) return undefined;
  const shape = swapped(operand.shape);
  const strides = stridesOf(shape);
  const expected = [...strides.slice(0, -2), ...strides.slice(-2).reverse()];
  const same = node.op.strides.every((each, axis) => operand.shape[axis] === 1 || each === expected[axis]);
  if (node.op.offset || !same || !sameShape(to.shapeOf(operand.value), operand.shape)) return undefined;
  return { value: source.value, shape };
}

/** Products read transposed tensors as they were. */
export const transposes = forOp('product', (to, { op, inputs: [a, b], shape, kind }) => {
  const [fromA, fromB] = [a && transposed(to, a), b && transposed(to, b)];
  if (!a || !b || (!fromA && !fromB)) return undefined;
  const flipped: ProductOp = {
    op: 'product',
    transposeA: op.transposeA !== !!fromA,
    transposeB: op.transposeB !== !!fromB,
  };
  return to.make(flipped, [fromA ?? a, fromB ?? b], shape, kind);
});
