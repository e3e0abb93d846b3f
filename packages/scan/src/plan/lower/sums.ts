import { countOf, type Node, type ValueId } from '../../graph/graph.js';
import type { ProductSum } from '../productSums.js';
import { placeOf, reshaped, type View } from '../view.js';
import type { Product, Rows } from '../work.js';
import { contiguousOf } from './copies.js';
import type { Lowering } from './lowering.js';
import { sidesOf } from './products.js';
import { newPaddedView, paddedRowsOf, rowsOf } from './rows.js';

/**
 * Products of rows with weights, summed: each adds to what the one before left. Those that read nothing in `carried` are
 * computed for all steps at once, and the others start from there.
 */
export function lowerProductSum(
  lowering: Lowering,
  { products, bias }: ProductSum,
  output: ValueId,
  carried: ReadonlySet<ValueId>,
): void {
  const view = newSumView(lowering, output);
  const out = rowsIn(view);
  const start = bias === undefined ? 'zeros' : placeOf(contiguousOf(lowering, bias));
  const isMoving = ({ inputs: [a] }: Node): boolean => a !== undefined && carried.has(a.value);
  const moving = products.filter(isMoving);
  const still = products.filter((node) => !isMoving(node));
  if (still.length === 0 || moving.length === 0) {
    addProducts(lowering, products, out, start);
    return;
  }
  const cell = lowering.newCell(lowering.cells[out.cell]?.size ?? 0, 'row');
  lowering.seal(cell);
  addProducts(lowering, still, { ...out, cell }, start);
  addProducts(lowering, moving, out, { cell, offset: 0 });
}

/** Adds padded rows that hold a value. */
function newSumView(lowering: Lowering, output: ValueId): View {
  const { shape } = lowering.valueOf(output);
  const columns = shape.at(-1) ?? 1;
  const view = newPaddedView(lowering, countOf(shape) / columns, columns);
  lowering.seal(view.cell);
  const held = reshaped(view, shape);
  if (held === undefined) throw new Error('rows have strides');
  lowering.hold(output, held);
  return view;
}

function rowsIn({ cell, offset, shape: [count = 1], strides: [step = 0] }: View): Rows {
  return { cell, offset, step, count };
}

function addProducts(
  lowering: Lowering,
  products: readonly Node[],
  out: Rows,
  start: Product['start'],
): void {
  for (const [i, node] of products.entries()) addProduct(lowering, node, out, i === 0 ? start : 'added');
}

function addProduct(lowering: Lowering, node: Node, out: Rows, start: Product['start']): void {
  const { op, inputs } = node;
  const [{ held: a }] = sidesOf(lowering, node);
  if (op.op !== 'product' || inputs[1] === undefined || typeof a === 'number')
    throw new Error('a product multiplies rows by a weight');
  const [rows = 1, columns = 1] = inputs[1].shape.slice(-2);
  const transposed = op.transposeB;
  lowering.add({
    kind: 'product',
    pass: lowering.pass,
    order: 'row',
    a: transposed && columns % 8 !== 0 ? paddedRowsOf(lowering, a) : rowsOf(lowering, a),
    weight: { ...placeOf(contiguousOf(lowering, inputs[1])), rows, columns },
    transposed,
    out,
    start,
  });
}
