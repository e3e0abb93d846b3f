import { countOf } from '../../graph/graph.js';
import { padded8 } from '../padded.js';
import { reshaped, type View, wholeOf } from '../view.js';
import type { Rows } from '../work.js';
import { copied, copy } from './copies.js';
import type { Lowering } from './lowering.js';

/** The rows [… r, c] of a matrix. The numbers of each are contiguous. */
export function rowsOf(lowering: Lowering, view: View): Rows {
  const columns = view.shape.at(-1) ?? 1;
  const count = countOf(view.shape) / columns;
  const flat = reshaped(view, [count, columns]);
  if (flat === undefined || (columns > 1 && flat.strides[1] !== 1))
    return rowsOf(lowering, copied(lowering, view));
  return { cell: flat.cell, offset: flat.offset, step: count === 1 ? 0 : (flat.strides[0] ?? 0), count };
}

/**
 * Rows that are read eight numbers at a time. What follows such a row is multiplied by zeros, so it must be finite:
 * the rows have a cell of their own.
 */
export function paddedRowsOf(lowering: Lowering, view: View): Rows {
  const found = rowsOf(lowering, view);
  const { cell, offset, count } = found;
  const hasOwnCell =
    count === 1 && offset === 0 && lowering.cells[cell]?.size === view.shape.at(-1) && !lowering.isPart(cell);
  const rows = hasOwnCell ? found : rowsOf(lowering, paddedCopy(lowering, view));
  lowering.seal(rows.cell);
  return rows;
}

function paddedCopy(lowering: Lowering, view: View): View {
  const columns = view.shape.at(-1) ?? 1;
  const to = newPaddedView(lowering, countOf(view.shape) / columns, columns);
  copy(lowering, reshaped(view, to.shape) ?? wholeOf(copied(lowering, view).cell, to.shape), to, 'row');
  return to;
}

/** Adds a cell for rows that are padded to eight numbers; a single one needs no padding within its cell. */
export function newPaddedView(lowering: Lowering, count: number, columns: number): View {
  const step = padded8(columns);
  const cell = lowering.newCell(count === 1 ? columns : count * step, 'row');
  return { cell, offset: 0, shape: [count, columns], strides: [step, 1] };
}
