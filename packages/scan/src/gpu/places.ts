import type { Cell } from '../plan/work.js';
import { type Piece, readsOf, writesOf } from './pieces.js';

/** Where a cell lies for the workgroup that runs: `buffer[base + offset]`. */
export interface Place {
  readonly buffer: string;
  /** A WGSL expression; none where the offset is all. */
  readonly base?: string;
  readonly offset: number;
}

/** The array in workgroup storage that cells take turns in. */
export const POOL = 'pool';

/** Floats for cells that only one step, or one row, needs. */
export interface Pool {
  /** Where a cell lies; undefined for others. */
  readonly spots: ReadonlyMap<number, { readonly inWorkgroup: boolean; readonly offset: number }>;
  /** The floats in workgroup storage, and those of a buffer that do not fit there. */
  readonly workgroup: number;
  readonly buffer: number;
}

/**
 * Places cells for as long as the levels need them, the smallest in workgroup storage while there is room for them. What is
 * kept elsewhere gets a place there too, near, from which it is read.
 */
export function poolOf(
  cells: readonly Cell[],
  needsPlace: (cell: number) => 'somewhere' | 'near' | 'nowhere',
  levels: readonly (readonly Piece[])[],
  room: number,
): Pool {
  const lives = new Map<number, { first: number; last: number }>();
  for (const [level, pieces] of levels.entries()) {
    for (const cell of pieces.flatMap((piece) => [...readsOf(piece), ...writesOf(piece)])) {
      if (needsPlace(cell) !== 'nowhere')
        lives.set(cell, { first: lives.get(cell)?.first ?? level, last: level });
    }
  }
  const sizeOf = (cell: number): number => cells[cell]?.size ?? 0;
  const taken = { workgroup: [] as Taken[], buffer: [] as Taken[] };
  const spots = new Map<number, { inWorkgroup: boolean; offset: number }>();
  for (const [cell, life] of [...lives].sort(([a], [b]) => sizeOf(a) - sizeOf(b))) {
    const size = sizeOf(cell);
    const near = gapIn(taken.workgroup, life, size);
    const inWorkgroup = near + size <= room;
    if (!inWorkgroup && needsPlace(cell) === 'near') continue;
    const offset = inWorkgroup ? near : gapIn(taken.buffer, life, size);
    taken[inWorkgroup ? 'workgroup' : 'buffer'].push({ ...life, offset, end: offset + size });
    spots.set(cell, { inWorkgroup, offset });
  }
  return { spots, workgroup: endOf(taken.workgroup), buffer: endOf(taken.buffer) };
}

interface Taken {
  readonly first: number;
  readonly last: number;
  readonly offset: number;
  readonly end: number;
}

/** The first offset with room for `size` floats that nothing else needs in that time. */
function gapIn(
  taken: readonly Taken[],
  { first, last }: { first: number; last: number },
  size: number,
): number {
  const others = taken
    .filter((each) => each.first <= last && each.last >= first)
    .sort((a, b) => a.offset - b.offset);
  let offset = 0;
  for (const each of others) if (offset + size > each.offset) offset = Math.max(offset, each.end);
  return offset;
}

const endOf = (taken: readonly Taken[]): number => Math.max(0, ...taken.map(({ end }) => end));
