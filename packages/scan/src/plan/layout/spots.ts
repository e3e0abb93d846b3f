import type { Region, Spot } from '../layout.js';
import { padded8 } from '../padded.js';
import type { Cell } from '../work.js';

/** Places of cells while they are given. */
export interface Spots {
  readonly all: ReadonlyMap<number, Spot>;
  /** The floats of a row of each region. */
  readonly pitches: Readonly<Record<string, number>>;
  /** The floats of a cell, padded: vectors are read beyond the end. */
  sizeOf(cell: number): number;
  /** Takes `floats` of a region. @returns their offset */
  take(region: Region, floats: number): number;
  /** Gives a cell without a place one in a region: the next, if no offset is given. */
  put(cell: number | undefined, region: Region, offset?: number): void;
  /** Makes a row of the region at least so long. */
  widen(region: Region, floats: number): void;
}

export function createSpots(cells: readonly Cell[]): Spots {
  const all = new Map<number, Spot>();
  const pitches: Record<string, number> = {};
  const spots: Spots = {
    all,
    pitches,
    sizeOf: (cell) => padded8(cells[cell]?.size ?? 0),
    take(region, floats) {
      const offset = pitches[region] ?? 0;
      pitches[region] = offset + floats;
      return offset;
    },
    put(cell, region, offset) {
      if (cell === undefined || all.has(cell)) return;
      all.set(cell, { region, offset: offset ?? spots.take(region, spots.sizeOf(cell)) });
    },
    widen(region, floats) {
      pitches[region] = Math.max(pitches[region] ?? 0, floats);
    },
  };
  return spots;
}
