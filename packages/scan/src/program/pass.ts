import { type Code, i32 } from '../emit/code.js';
import { call, sequence } from '../emit/control.js';
import { createFunction, type FunctionBuilder, type Local } from '../emit/function.js';
import type { CellPlace } from '../plan/view.js';
import type { Call, Loop } from '../plan/work.js';
import { rowAddress, rowsFunction } from './rowsFunction.js';
import { entry } from './table.js';
import type { Writer } from './writer.js';

/** The function of a pass while it is written: it goes over all sequences and steps. */
export interface Pass extends Writer {
  readonly fn: FunctionBuilder;
  /** The table's address. */
  readonly at: Local;
  /** The number of steps. */
  readonly T: Local;
  /** The number of sequences. */
  readonly B: Local;
  /** B · T */
  readonly all: Local;
  /** The first row of the step. */
  readonly row: Local;
  /** The number of that name in the table. */
  read(name: string): Code;
}

/** Begins the function of a pass. */
export function openPass(writer: Writer): Pass {
  const fn = createFunction(['i32']);
  const at = fn.param(0);
  const [T, B, all, row] = [fn.local('i32'), fn.local('i32'), fn.local('i32'), fn.local('i32')];
  const read = (name: string): Code => entry(writer.table, at.get, name);
  fn.add(T.set(read('T')), B.set(read('B')), all.set(i32.mul(T.get, B.get)), row.set(i32.const(0)));
  return { ...writer, fn, at, T, B, all, row, read };
}

/** The address of numbers of a cell that all rows share. */
export function sharedAddress({ regions, read }: Pass, { cell, offset }: CellPlace): Code {
  const spot = regions.spotOf(cell);
  return i32.add(read(spot.region), i32.const(4 * (spot.offset + offset)));
}

/** The address of numbers of a cell in a row. */
export function addressIn(pass: Pass, place: CellPlace, row: Code): Code {
  return rowAddress(pass, sharedAddress(pass, place), pass.regions.spotOf(place.cell).region, row);
}

/** The place so many floats further on. */
export function placeAfter({ cell, offset }: CellPlace, floats: number): CellPlace {
  return { cell, offset: offset + floats };
}

/** The floats from one row of a cell to the next. */
export function pitchOf({ regions }: Pass, { cell }: { readonly cell: number }): number {
  return regions.pitchOf(regions.spotOf(cell).region);
}

/** Runs works for a range of rows. */
export function runRows(pass: Pass, works: readonly (Loop | Call)[], first: Code, behind: Code): Code {
  return works.length === 0 ? [] : call(rowsFunction(pass, works), pass.at.get, first, behind);
}

/** Runs works once, on what all rows share. */
export function runShared(pass: Pass, works: readonly (Loop | Call)[]): Code {
  return runRows(pass, works, i32.const(0), i32.const(1));
}

/** Code for the leaves that have a cell. */
export function forLeaves(
  cells: readonly (number | undefined)[],
  write: (cell: number, leaf: number) => Code,
): Code {
  return sequence(...cells.flatMap((cell, leaf) => (cell === undefined ? [] : [write(cell, leaf)])));
}
