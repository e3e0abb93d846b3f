import { type Series, valueAt } from './series.js';

/** A location counts as used where some head gives it at least this weight. */
const USED = 0.05;
const MARGIN = 2;
/** Above this share of the memory all of it is shown, and with it that the rest stays untouched. */
const MOST = 0.6;

/**
 * The locations worth showing: the shortest arc of the circular memory that holds every used one, with a small
 * margin; all of them, from 0, where that is most of the memory.
 * @param weightings `[T, N]` each
 * @returns locations from top to bottom; after N − 1 comes 0
 */
export function usedLocations(weightings: readonly Series[]): number[] {
  const size = weightings[0]?.size ?? 0;
  const used = Array.from({ length: size }, (_, location) => location).filter((location) =>
    weightings.some((series) => peak(series, location) >= USED),
  );
  const { start, length } = shortestArc(used, size);
  if (length + 2 * MARGIN > MOST * size) return Array.from({ length: size }, (_, location) => location);
  return Array.from({ length: length + 2 * MARGIN }, (_, i) => (start - MARGIN + i + size) % size);
}

function peak(series: Series, location: number): number {
  let most = 0;
  for (let t = 0; t < series.steps; t++) most = Math.max(most, valueAt(series, t, location));
  return most;
}

/** What is left of the circle without the longest gap between two neighbours of `used` (ascending). */
function shortestArc(used: readonly number[], size: number): { start: number; length: number } {
  let arc = { start: 0, length: size };
  used.forEach((location, i) => {
    const previous = used[i - 1] ?? (used.at(-1) ?? location) - size;
    const length = size - (location - previous) + 1;
    if (length < arc.length) arc = { start: location, length };
  });
  return arc;
}
