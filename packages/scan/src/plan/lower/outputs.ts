import { countOf, type Kind, type ValueId } from '../../graph/graph.js';
import { placeOf, type View } from '../view.js';
import type { Lowering } from './lowering.js';

/**
 * Has `write` write a node's output. A sum that reads rows is written as the part of one sequence and step; the parts are
 * added up.
 */
export function writeOutput(
  lowering: Lowering,
  output: ValueId,
  readsRows: boolean,
  write: (to: View, order: Kind) => void,
): void {
  const { shape, kind } = lowering.valueOf(output);
  if (kind !== 'sum' || !readsRows) {
    write(lowering.outputOf(output), kind);
    return;
  }
  const part = lowering.newView(shape, 'row');
  write(part, 'row');
  addRowSum(lowering, part, output);
}

/** output = Σ part over all sequences and steps. */
export function addRowSum(lowering: Lowering, part: View, output: ValueId): void {
  const out = lowering.outputOf(output);
  lowering.add({
    kind: 'rowSum',
    pass: 'backward',
    order: 'sum',
    d: placeOf(part),
    count: countOf(out.shape),
    out: placeOf(out),
  });
}
