import { countOf, type Kind, type Operand } from '../../graph/graph.js';
import { isContiguous } from '../view.js';
import { copy, heldAs } from './copies.js';
import type { Held, Lowering } from './lowering.js';

/** Gives the cell of what leaves the step; undefined for undefined. No two leave in the same cell. */
export type Claim = (operand: Operand | undefined, kind: Kind) => number | undefined;

/** Claims for one lowering: a value leaves in its own cell where nothing else claims that, else in a copy. */
export function createClaim(lowering: Lowering): Claim {
  const claimed = new Set<number>();
  return (operand, kind) => {
    if (operand === undefined) return undefined;
    const from = heldAs(lowering, operand);
    const cell = ownCell(lowering, from, kind);
    if (cell !== undefined && !claimed.has(cell)) {
      claimed.add(cell);
      return cell;
    }
    const to = lowering.newView(operand.shape, kind);
    copy(lowering, from, to, kind);
    claimed.add(to.cell);
    return to.cell;
  };
}

/** The cell of this kind that the current pass writes and that holds nothing else. */
function ownCell(lowering: Lowering, from: Held, kind: Kind): number | undefined {
  if (typeof from === 'number' || from.offset !== 0 || !isContiguous(from)) return undefined;
  const cell = lowering.cells[from.cell];
  const isOwn = cell?.size === countOf(from.shape) && cell.pass === lowering.pass && cell.kind === kind;
  return isOwn && !lowering.isPart(from.cell) ? from.cell : undefined;
}
