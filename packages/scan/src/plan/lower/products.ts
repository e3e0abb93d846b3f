import { countOf, type Kind, type Node, type Shape, type ValueId } from '../../graph/graph.js';
import { placeOf, type View } from '../view.js';
import { heldAs } from './copies.js';
import { addLoop, register } from './loops.js';
import { type Held, isRow, type Lowering } from './lowering.js';
import { writeOutput } from './outputs.js';
import { rowsOf } from './rows.js';

/** A product's operand as matrices: [… m, k] or [… k, n]. */
export interface Side {
  readonly held: Held;
  readonly shape: Shape;
}

/** The operands of a product, transposed where it says so. */
export function sidesOf(lowering: Lowering, { op, inputs: [a, b] }: Node): [a: Side, b: Side] {
  if (op.op !== 'product' || a === undefined || b === undefined)
    throw new Error('a product has two operands');
  const first = { held: heldAs(lowering, a), shape: a.shape };
  const second = { held: heldAs(lowering, b), shape: b.shape };
  return [op.transposeA ? transposed(first) : first, op.transposeB ? transposed(second) : second];
}

/** output = a · b: a loop, or a sum over all sequences and steps where both have rows. */
export function lowerProduct(lowering: Lowering, node: Node): void {
  const { output } = node;
  const { kind, shape } = lowering.valueOf(output);
  const [a, b] = sidesOf(lowering, node);
  const isOne = countOf(shape.slice(0, -2)) === 1;
  if (kind === 'sum' && isOne && isRow(lowering, a.held) && isRow(lowering, b.held)) {
    addWeightSlope(lowering, a.held, b.held, output);
    return;
  }
  const readsRows = isRow(lowering, a.held) || isRow(lowering, b.held);
  writeOutput(lowering, output, readsRows, (to, order) => addProductLoop(lowering, order, a, b, to));
}

function addWeightSlope(lowering: Lowering, a: View, b: View, output: ValueId): void {
  const out = placeOf(lowering.outputOf(output));
  lowering.add({
    kind: 'weightSlope',
    pass: 'backward',
    order: 'sum',
    a: rowsOf(lowering, transposedView(a)),
    d: rowsOf(lowering, b),
    depth: a.shape.at(-2) ?? 1,
    columns: b.shape.at(-1) ?? 1,
    out,
  });
}

/** The shape of the loop of a product, and the places of m, k and n among its axes; the axes in front come first. */
interface ProductAxes {
  readonly shape: Shape;
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

/** [… m, k, n], or [… m, n, k] where the columns of b do not lie side by side. */
function productAxes(a: Side, b: Side, to: View): ProductAxes {
  const front = to.shape.slice(0, -2);
  const [m = 1, k = 1] = a.shape.slice(-2);
  const n = b.shape.at(-1) ?? 1;
  const at = front.length;
  const isTurned = typeof b.held !== 'number' && Math.abs(b.held.strides.at(-1) ?? 0) > 1;
  return isTurned
    ? { shape: [...front, m, n, k], m: at, n: at + 1, k: at + 2 }
    : { shape: [...front, m, k, n], m: at, k: at + 1, n: at + 2 };
}

/** A small product: to[… m, n] = Σ over k of a[… m, k] · b[… k, n]. */
function addProductLoop(lowering: Lowering, order: Kind, a: Side, b: Side, to: View): void {
  const product = productAxes(a, b, to);
  const { shape, m, k, n } = product;
  const [left, right, target] = [
    placed(a.held, product, m, k),
    placed(b.held, product, k, n),
    placedView(to, product, m, n),
  ];
  addLoop(lowering, order, shape, (axes) => {
    const terms = [{ f: 'mul', args: [axes.argument(left), axes.argument(right)] }] as const;
    const [from, at] = [register(0), axes.access(target)];
    return shape[k] === 1
      ? { terms, stores: [{ from, to: at }] }
      : { terms, reductions: [{ f: 'sum', from, over: axes.marked([k]), to: at }] };
  });
}

/** A matrix over the axes of the loop: its rows follow one of them, its columns another. */
function placed(held: Held, product: ProductAxes, rows: number, columns: number): Held {
  return typeof held === 'number' ? held : placedView(held, product, rows, columns);
}

function placedView(view: View, { shape, m }: ProductAxes, rows: number, columns: number): View {
  const missing = m - (view.shape.length - 2);
  const strides = shape.map((_, axis) => {
    const own = axis - missing;
    if (axis < m) return (view.shape[own] ?? 1) === 1 ? 0 : (view.strides[own] ?? 0);
    if (axis === rows) return view.strides.at(-2) ?? 0;
    return axis === columns ? (view.strides.at(-1) ?? 0) : 0;
  });
  return { ...view, shape, strides };
}

function transposed({ held, shape }: Side): Side {
  return { held: typeof held === 'number' ? held : transposedView(held), shape: swapped(shape) };
}

function transposedView(view: View): View {
  return { ...view, shape: swapped(view.shape), strides: swapped(view.strides) };
}

/** With the last two exchanged. */
function swapped(list: readonly number[]): number[] {
  return [...list.slice(0, -2), ...list.slice(-2).reverse()];
}
