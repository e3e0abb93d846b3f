import { isDeepStrictEqual } from 'node:util';
import { NTM, withMemorySize } from '@tapehead/ntm';
import type { Task } from '@tapehead/tasks';
import type { Cost } from '@tapehead/training';
import { episodesOf, measureAll } from '../evaluation.js';
import type { Net } from '../net.js';
import type { Evaluation } from './format.js';

/** Rows of the larger tape ÷ rows in training. */
const FACTOR = 10;

/** Tasks that take a row for each vector: with more rows a net that learned to walk along its tape goes on. */
const sizes: Readonly<Record<string, { readonly axis: string; readonly at: readonly number[] }>> = {
  copy: { axis: 'length', at: [120, 200, 500, 1000] },
};

/** Fresh sequences of each size: they are long. */
export const LONG_SEQUENCES = 20;

/** What is measured with a larger tape. */
interface Plan {
  readonly axis: Task['axes'][number];
  readonly memorySize: number;
  readonly at: readonly number[];
}

/** What to measure of a net of these rows on a task: sizes that the larger tape has room for. */
function planFor(rows: number, task: Task): Plan | undefined {
  const wanted = Object.hasOwn(sizes, task.name) ? sizes[task.name] : undefined;
  const axis = task.axes.find(({ name }) => name === wanted?.axis);
  const memorySize = FACTOR * rows;
  const at = wanted?.at.filter((size) => size < memorySize) ?? [];
  return axis === undefined || at.length === 0 ? undefined : { axis, memorySize, at };
}

/** Whether all is there that {@link onLargerTape} measures of a net of these rows. */
export function hasLargerTape({ largerTape }: Evaluation, rows: number, task: Task): boolean {
  const plan = planFor(rows, task);
  if (plan === undefined) return true;
  const stored = largerTape?.points.map(({ at }) => at);
  return largerTape?.memorySize === plan.memorySize && isDeepStrictEqual(stored, plan.at);
}

/**
 * Measures a net with a larger tape.
 * @param seed of the sequences
 */
export async function onLargerTape(
  net: Net,
  task: Task,
  cost: Cost,
  seed: number,
): Promise<Pick<Evaluation, 'largerTape'>> {
  if (!(net instanceof NTM)) return {};
  const plan = planFor(net.config.memorySize, task);
  if (plan === undefined) return {};
  const { axis, memorySize, at } = plan;
  const larger = withMemorySize(net, memorySize);
  try {
    const points: NonNullable<Evaluation['largerTape']>['points'] = [];
    for (const value of at) {
      const episodes = episodesOf(task, { axis, value }, LONG_SEQUENCES, seed);
      points.push({ at: value, ...(await measureAll(larger, episodes, cost)) });
    }
    return { largerTape: { memorySize, axis: axis.name, unit: axis.unit, points } };
  } finally {
    larger.dispose();
  }
}
