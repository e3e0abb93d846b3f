import { rm } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { NTM } from '@tapehead/ntm';
import { type Axis, createRandom, type Episode, optimalBits, type Task } from '@tapehead/tasks';
import type { Cost, Run } from '@tapehead/training';
import { episodesOf, measureAll } from '../evaluation.js';
import type { Net } from '../net.js';
import { savePicture } from '../picture.js';
import { readJson, writeJson } from './files.js';
import type { RunPlace } from './folder.js';
import { type Evaluation, evaluationSchema, storedEvaluation } from './format.js';
import { hasLargerTape, onLargerTape } from './largerTape.js';

/** Fresh sequences: as in training, and at each size; their seed is not one that is trained with. */
export const FRESH = { trained: 1000, each: 100, seed: 1_000_000 } as const;

/** Measures a trained net, unless that was done before, and draws its use of its memory. */
export async function assess(
  place: RunPlace,
  net: Net,
  { task, cost, sequences: after }: Pick<Run, 'task' | 'cost' | 'sequences'>,
): Promise<Evaluation> {
  const stored = await readJson(place.evaluation, evaluationSchema);
  if (stored !== undefined && isCurrent(stored, task, after, rowsOf(net))) return stored;
  const evaluation = await evaluationOf(net, task, cost, after);
  await drawMemory(place, net, task, cost);
  await writeJson(place.evaluation, storedEvaluation(evaluation, cost.unit));
  return evaluation;
}

const rowsOf = (net: Net): number | undefined => (net instanceof NTM ? net.config.memorySize : undefined);

/**
 * Whether a net was measured as it is now, at all that is measured now.
 * @param rows of its memory, where it has one
 */
export function isCurrent(evaluation: Evaluation, task: Task, after: number, rows?: number): boolean {
  if (rows !== undefined && !hasLargerTape(evaluation, rows, task)) return false;
  const sizes = task.axes.filter(leadsBeyond).map(({ name, measured }) => ({ name, sizes: measured }));
  const stored = evaluation.axes.map(({ name, points }) => ({ name, sizes: points.map(({ at }) => at) }));
  return evaluation.after === after && evaluation.seed === FRESH.seed && isDeepStrictEqual(sizes, stored);
}

async function evaluationOf(net: Net, task: Task, cost: Cost, after: number): Promise<Evaluation> {
  const random = createRandom(FRESH.seed);
  const drawn = Array.from({ length: FRESH.trained }, () => task.episode(random));
  const trained = await measureAll(net, drawn, cost);
  const axes: Evaluation['axes'] = [];
  for (const axis of task.axes.filter(leadsBeyond)) axes.push(await alongAxis(net, task, cost, axis));
  const larger = await onLargerTape(net, task, cost, FRESH.seed);
  return { after, seed: FRESH.seed, trained, ...optimum(task, drawn), ...larger, axes };
}

/** Where no larger size is measured than is trained with, there is nothing to generalise to. */
function leadsBeyond({ trained, measured }: Axis): boolean {
  return measured.some((at) => at > trained.most);
}

async function alongAxis(net: Net, task: Task, cost: Cost, axis: Axis): Promise<Evaluation['axes'][number]> {
  const { name, unit, trained, measured } = axis;
  const points: Evaluation['axes'][number]['points'] = [];
  for (const value of measured) {
    const episodes = episodesOf(task, { axis, value }, FRESH.each, FRESH.seed);
    points.push({ at: value, ...(await measureAll(net, episodes, cost)) });
  }
  return { name, unit, trained, points };
}

/** The cost of the best estimate, of the one task for which it is known to lie above 0. */
function optimum(task: Task, episodes: readonly Episode[]): Pick<Evaluation, 'optimalBits'> {
  if (task.name !== 'ngrams') return {};
  const context = Number(Reflect.get(task.settings, 'context'));
  const bits = episodes.map((episode) => optimalBits(episode, context));
  return { optimalBits: bits.reduce((sum, each) => sum + each, 0) / bits.length };
}

/** Of an episode as large as any that was trained with. An LSTM alone has no memory to draw. */
async function drawMemory(place: RunPlace, net: Net, task: Task, cost: Cost): Promise<void> {
  if (!(net instanceof NTM)) return rm(place.picture, { force: true });
  const largest = Object.assign({}, ...task.axes.map((axis) => axis.at(axis.trained.most)));
  await savePicture(net, task.episode(createRandom(FRESH.seed), largest), place.picture, cost);
}
