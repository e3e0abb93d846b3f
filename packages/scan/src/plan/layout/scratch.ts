import { type Call, cellsOf, type Loop, writesOf } from '../work.js';
import type { Spots } from './spots.js';

/** A piece of the scratch region, and the last work that needs it. */
interface Piece {
  readonly start: number;
  readonly end: number;
  readonly until: number;
}

/** Places what only these works need. Cells whose numbers nothing needs any longer make room for others. */
export function placeScratch(works: readonly (Loop | Call)[], spots: Spots): void {
  const lastUse = new Map(works.flatMap((work, i) => cellsOf(work).map((cell) => [cell, i])));
  let live: readonly Piece[] = [];
  for (const [i, work] of works.entries()) {
    live = live.filter(({ until }) => until >= i);
    for (const cell of writesOf(work)) {
      if (spots.all.has(cell)) continue;
      const size = spots.sizeOf(cell);
      const start = firstGap(live, size);
      spots.put(cell, 'scratch', start);
      spots.widen('scratch', start + size);
      const piece = { start, end: start + size, until: lastUse.get(cell) ?? i };
      live = [...live, piece].sort((a, b) => a.start - b.start);
    }
  }
}

/** The first place with so much room between pieces that are sorted. */
function firstGap(live: readonly Piece[], size: number): number {
  let start = 0;
  for (const each of live) if (start + size > each.start) start = Math.max(start, each.end);
  return start;
}
