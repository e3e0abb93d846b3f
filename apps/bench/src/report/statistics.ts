import { WINDOW } from '../reproduce/curve.js';
import type { Point } from '../reproduce/format.js';

/** Of some runs, one a seed. */
export interface Spread {
  median: number;
  least: number;
  most: number;
  runs: number;
}

/** Nothing of no values. */
export function spreadOf(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((one, other) => one - other);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  return {
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    least: at(0),
    most: at(sorted.length - 1),
    runs: sorted.length,
  };
}

/** The runs at one moment of training. */
export interface Moment extends Spread {
  sequences: number;
}

/** The learning curves of some runs as one: of each window the spread of the runs that went so far. */
export function bandOf(curves: readonly (readonly Point[])[], window: number): Moment[] {
  const means = curves.map((curve) => windowMeans(curve, window));
  const longest = Math.max(0, ...means.map(({ length }) => length));
  return Array.from({ length: longest }, (_, i) => {
    const spread = spreadOf(means.flatMap((each) => each[i] ?? []));
    return spread === undefined ? [] : [{ sequences: (i + 1) * window, ...spread }];
  }).flat();
}

/** The mean cost in each whole window of so many sequences. */
export function windowMeans(curve: readonly Point[], window: number): number[] {
  const size = window / WINDOW;
  return Array.from({ length: Math.floor(curve.length / size) }, (_, i) =>
    mean(curve.slice(i * size, (i + 1) * size)),
  );
}

/** A window of which there are about a hundred in so many sequences. */
export function windowFor(sequences: number): number {
  return WINDOW * Math.max(1, Math.ceil(sequences / (100 * WINDOW)));
}

/** Points whose mean is that of 1,000 sequences. */
const THOUSAND = 1000 / WINDOW;

/** The mean cost of the 1,000 sequences before that moment; nothing where the run did not go so far. */
export function costAt(curve: readonly Point[], sequences: number): number | undefined {
  const before = curve.filter((point) => point.sequences <= sequences);
  const last = curve.at(-1);
  if (before.length === 0 || last === undefined || last.sequences + WINDOW <= sequences) return undefined;
  return mean(before.slice(-THOUSAND));
}

/** The mean cost of the last 1,000 sequences. */
export function lastCost(curve: readonly Point[]): number | undefined {
  return curve.length === 0 ? undefined : mean(curve.slice(-THOUSAND));
}

function mean(points: readonly Point[]): number {
  return points.reduce((sum, { cost }) => sum + cost, 0) / points.length;
}
