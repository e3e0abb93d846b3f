import {
  countOf,
  type Graph,
  type Kind,
  type Node,
  type Operand,
  type Shape,
  type Value,
  type ValueId,
} from '../../graph/graph.js';
import { resolveAliases } from '../resolve.js';
import { type CellPlace, type View, wholeOf } from '../view.js';
import type { Cell, Pass, Work } from '../work.js';

/** A value that is the same number everywhere, or where its numbers lie. */
export type Held = number | View;

/** The cells, values and works of a graph while it is lowered. */
export interface Lowering {
  readonly cells: readonly Cell[];
  /** The pass whose nodes are lowered: it writes new cells. */
  pass: Pass;
  valueOf(id: ValueId): Value;
  /** What holds a value. Throws if it is not computed yet. */
  heldBy(id: ValueId): Held;
  hold(id: ValueId, held: Held): void;
  /** Adds a cell of so many floats. */
  newCell(size: number, kind: Kind): number;
  /** Adds a cell for a tensor. */
  newView(shape: Shape, kind: Kind): View;
  /** Adds the cell that holds a value. */
  outputOf(id: ValueId): View;
  /** Adds the cell of a value with a source. */
  sourceOf(id: ValueId): number;
  kindOf(cell: number): Kind;
  /** Makes a cell part of another. */
  makePart(cell: number, of: CellPlace): void;
  isPart(cell: number): boolean;
  /** Keeps a cell from becoming part of another. */
  seal(cell: number): void;
  isSealed(cell: number): boolean;
  add(work: Work): void;
  /** All works; cells that became parts of others are read and written there. */
  works(): Work[];
}

/** A lowering without cells and works, in the forward pass. */
export function createLowering({ values }: Graph): Lowering {
  const cells: Cell[] = [];
  const works: Work[] = [];
  const held = new Map<ValueId, Held>();
  const aliases = new Map<number, CellPlace>();
  const sealed = new Set<number>();
  const newCell = (cell: Cell): number => cells.push(cell) - 1;
  const constantOf = ({ source, shape }: Value): Held | undefined => {
    if (source?.kind !== 'constant') return undefined;
    const { data } = source;
    return (
      onlyNumberOf(data) ??
      wholeOf(
        newCell({ size: data.length, kind: 'shared', pass: 'source', data: Float32Array.from(data) }),
        shape,
      )
    );
  };
  const lowering: Lowering = {
    cells,
    pass: 'forward',
    valueOf(id) {
      const value = values[id];
      if (value === undefined) throw new Error(`no value ${id}`);
      return value;
    },
    heldBy(id) {
      const known = held.get(id) ?? constantOf(lowering.valueOf(id));
      if (known === undefined) throw new Error(`value ${id} is read before it is computed`);
      held.set(id, known);
      return known;
    },
    hold: (id, by) => void held.set(id, by),
    newCell: (size, kind) => newCell({ size, kind, pass: lowering.pass }),
    newView: (shape, kind) => wholeOf(lowering.newCell(countOf(shape), kind), shape),
    outputOf(id) {
      const { shape, kind } = lowering.valueOf(id);
      const view = lowering.newView(shape, kind);
      held.set(id, view);
      return view;
    },
    sourceOf(id) {
      const { shape, kind } = lowering.valueOf(id);
      const cell = newCell({ size: countOf(shape), kind, pass: 'source' });
      held.set(id, wholeOf(cell, shape));
      sealed.add(cell);
      return cell;
    },
    kindOf: (cell) => cells[cell]?.kind ?? 'row',
    makePart: (cell, of) => void aliases.set(cell, of),
    isPart: (cell) => aliases.has(cell),
    seal: (cell) => void sealed.add(cell),
    isSealed: (cell) => sealed.has(cell),
    add: (work) => void works.push(work),
    works: () => works.map((work) => resolveAliases(work, aliases)),
  };
  return lowering;
}

/** The number that all of these are; undefined where they differ or there are none. */
function onlyNumberOf(data: Float64Array): number | undefined {
  const first = data[0];
  return first !== undefined && data.every((each) => Object.is(each, first)) ? first : undefined;
}

/** Whether each sequence and step has numbers of its own. */
export function isRow(lowering: Lowering, held: Held): held is View {
  return typeof held !== 'number' && lowering.kindOf(held.cell) === 'row';
}

/** The first operand of a node. */
export function operandOf({ op, inputs: [operand] }: Node): Operand {
  if (operand === undefined) throw new Error(`${op.op} has no operand`);
  return operand;
}
