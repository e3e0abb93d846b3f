import { appendFile } from 'node:fs/promises';
import { type Run, SOLVED_WINDOW } from '@tapehead/training';
import { replaceFile } from '@tapehead/training/node';
import { jsonLines, readJsonLines } from './files.js';
import { type Point, pointSchema, storedPoint } from './format.js';

/** Sequences between two points of a learning curve. */
export const WINDOW = 100;

/** A learning curve as it is written. */
export interface Curve {
  /** To be told after each update. */
  tell(run: Pick<Run, 'sequences' | 'costs'>, seconds: number): void;
  /** Writes what is not yet written. */
  save(): Promise<void>;
  points: readonly Point[];
}

/**
 * The learning curve in a file, from its first `sequences` on: points after them are of training that was lost, and
 * will come again.
 */
export async function openCurve(path: string, sequences: number, unit: string): Promise<Curve> {
  const lines = (some: readonly Point[]) => jsonLines(some.map((point) => storedPoint(point, unit)));
  const points = (await readJsonLines(path, pointSchema)).filter((point) => point.sequences <= sequences);
  await replaceFile(path, lines(points));
  let written = points.length;
  let window = Math.floor(sequences / WINDOW);
  return {
    points,
    tell(run, seconds) {
      const now = Math.floor(run.sequences / WINDOW);
      if (now === window) return;
      window = now;
      points.push({ sequences: run.sequences, cost: lastCost(run), seconds: rounded(seconds) });
    },
    async save() {
      const fresh = points.slice(written);
      await appendFile(path, lines(fresh));
      written += fresh.length;
    },
  };
}

/** The mean cost of the last 100 sequences. */
function lastCost({ sequences, costs }: Pick<Run, 'sequences' | 'costs'>): number {
  const count = Math.min(WINDOW, sequences);
  let sum = 0;
  for (let i = sequences - count; i < sequences; i++) sum += costs[i % costs.length] ?? 0;
  return sum / count;
}

function rounded(seconds: number): number {
  return Math.round(1000 * seconds) / 1000;
}

/** The sequences after which the mean of the last 1,000 is under a cost for the first time, to the nearest point. */
export function solvedAfter(points: readonly Point[], below: number | undefined): number | undefined {
  return below === undefined ? undefined : means(points).find(({ cost }) => cost < below)?.sequences;
}

/** The highest mean of 1,000 sequences after that: whether it fell off again. */
export function worstAfter(points: readonly Point[], solved: number): number {
  return Math.max(...means(points).flatMap(({ sequences, cost }) => (sequences < solved ? [] : cost)));
}

/** At each point the mean of the last 1,000 sequences, from the 1,000th on. */
function means(points: readonly Point[]): { sequences: number; cost: number }[] {
  const size = SOLVED_WINDOW / WINDOW;
  return points.slice(size - 1).map(({ sequences }, i) => {
    const window = points.slice(i, i + size);
    return { sequences, cost: window.reduce((sum, { cost }) => sum + cost, 0) / size };
  });
}
