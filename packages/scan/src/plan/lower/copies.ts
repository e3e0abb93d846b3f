import type { Kind, Operand } from '../../graph/graph.js';
import { isContiguous, reshaped, type View, wholeOf } from '../view.js';
import { addLoop } from './loops.js';
import type { Held, Lowering } from './lowering.js';

/** Adds a loop that copies numbers. */
export function copy(lowering: Lowering, from: Held, to: View, kind: Kind): void {
  addLoop(lowering, kind, to.shape, (axes) => ({
    stores: [{ from: axes.argument(from), to: axes.access(to) }],
  }));
}

/** The same numbers in a cell of their own. */
export function copied(lowering: Lowering, view: View): View {
  const kind = lowering.kindOf(view.cell);
  const to = lowering.newView(view.shape, kind);
  copy(lowering, view, to, kind);
  return to;
}

/** What holds an operand, in the operand's shape. */
export function heldAs(lowering: Lowering, { value, shape }: Operand): Held {
  const held = lowering.heldBy(value);
  if (typeof held === 'number') return held;
  return reshaped(held, shape) ?? wholeOf(copied(lowering, held).cell, shape);
}

/** An operand as contiguous numbers, also where it is one constant. */
export function contiguousOf(lowering: Lowering, operand: Operand): View {
  const held = heldAs(lowering, operand);
  if (typeof held !== 'number') return contiguous(lowering, held);
  const view = lowering.newView(operand.shape, 'shared');
  copy(lowering, held, view, 'shared');
  return view;
}

/** The view, or a copy of it whose numbers are contiguous. */
export function contiguous(lowering: Lowering, view: View): View {
  return isContiguous(view) ? view : copied(lowering, view);
}
