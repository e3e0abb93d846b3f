import { countOf, type Node, type Shape } from '../../graph/graph.js';
import { isContiguous, placeOf, type View } from '../view.js';
import { contiguous, copy, heldAs } from './copies.js';
import { type Held, type Lowering, operandOf } from './lowering.js';

/** output[i, j, …] = the operand's numbers [offset + i·strides[0] + j·strides[1] …]: nothing is copied. */
export function lowerView(lowering: Lowering, offset: number, strides: readonly number[], node: Node): void {
  const from = heldAs(lowering, operandOf(node));
  if (typeof from === 'number') {
    lowering.hold(node.output, from);
    return;
  }
  const source = contiguous(lowering, from);
  const { shape } = lowering.valueOf(node.output);
  lowering.hold(node.output, { cell: source.cell, offset: source.offset + offset, shape, strides });
}

/** The operands joined along an axis: written there at once where possible, else copied. */
export function lowerConcat(lowering: Lowering, axis: number, { inputs, output }: Node): void {
  const { kind } = lowering.valueOf(output);
  const to = lowering.outputOf(output);
  let start = 0;
  for (const operand of inputs) {
    const { shape } = operand;
    const part = { ...to, offset: to.offset + start * (to.strides[axis] ?? 1), shape };
    start += shape[axis] ?? 0;
    if (countOf(shape) === 0) continue;
    const from = heldAs(lowering, operand);
    if (!canBecomePart(lowering, from, part)) copy(lowering, from, part, kind);
    else lowering.makePart(from.cell, placeOf(part));
  }
}

/** Whether these are all numbers of a cell that nothing else claims, so that they can be written into `part` at once. */
function canBecomePart(lowering: Lowering, from: Held, part: View): from is View {
  if (typeof from === 'number' || !isContiguous(part) || !isContiguous(from) || from.offset !== 0)
    return false;
  const cell = lowering.cells[from.cell];
  const isAlike = cell?.pass === lowering.pass && cell.kind === lowering.kindOf(part.cell);
  if (!isAlike || cell.size !== countOf(part.shape)) return false;
  // Vectors start at multiples of four floats.
  return part.offset % 4 === 0 && !lowering.isSealed(from.cell) && !lowering.isPart(from.cell);
}

/** The operand with `value` around it. */
export function lowerPad(lowering: Lowering, before: readonly number[], value: number, node: Node): void {
  const operand = operandOf(node);
  const { kind, shape } = lowering.valueOf(node.output);
  const to = lowering.outputOf(node.output);
  for (const { starts, sizes } of borders(before, operand.shape, shape))
    copy(lowering, value, boxOf(to, starts, sizes), kind);
  copy(lowering, heldAs(lowering, operand), boxOf(to, before, operand.shape), kind);
}

/** Part of a tensor, from an index on. */
interface Box {
  readonly starts: readonly number[];
  readonly sizes: Shape;
}

/** What lies in `outer` but not in `inner`: along each axis the box before it and the one after it. */
function borders(before: readonly number[], inner: Shape, outer: Shape): Box[] {
  return [...outer.keys()].flatMap((axis) => {
    const box = (start: number, end: number): Box => ({
      starts: outer.map((_, k) => (k < axis ? (before[k] ?? 0) : k === axis ? start : 0)),
      sizes: outer.map((size, k) => (k < axis ? (inner[k] ?? 0) : k === axis ? end - start : size)),
    });
    const first = before[axis] ?? 0;
    const behind = first + (inner[axis] ?? 0);
    return [box(0, first), box(behind, outer[axis] ?? 0)].filter(({ sizes }) => sizes[axis] !== 0);
  });
}

function boxOf(view: View, starts: readonly number[], shape: Shape): View {
  const offset = starts.reduce((at, start, axis) => at + start * (view.strides[axis] ?? 0), view.offset);
  return { ...view, offset, shape };
}
