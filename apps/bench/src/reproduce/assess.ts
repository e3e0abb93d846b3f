import { rm } from 'node:fs/promises';
import { NTM } from '@tapehead/ntm';
import { createRandom, type Episode, type Task } from '@tapehead/tasks';
import { episodesOf, measureAll } from '../evaluation.js';
import type { Net } from '../net.js';
import { savePicture } from '../picture.js';
import { readJson, writeJson } from './files.js';
import type { RunPlace } from './folder.js';
import { type Evaluation, evaluationSchema } from './format.js';

/** Fresh sequences: as in training, and at each size; their seed is not one that is trained with. */
export const FRESH = { trained: 1000, each: 100, seed: 1_000_000 } as const;

/** Measures a trained net, unless that was done before, and draws its use of its memory. */
export async function assess(place: RunPlace, net: Net, task: Task, after: number): Promise<Evaluation> {
  const stored = await readJson(place.evaluation, evaluationSchema);
  if (stored?.after === after && stored.seed === FRESH.seed) return stored;
  const evaluation = await evaluationOf(net, task, after);
  await drawMemory(place, net, task);
  await writeJson(place.evaluation, evaluation);
  return evaluation;
}

async function evaluationOf(net: Net, task: Task, after: number): Promise<Evaluation> {
  const random = createRandom(FRESH.seed);
  const drawn = Array.from({ length: FRESH.trained }, () => task.episode(random));
  const trained = await measureAll(net, drawn);
  const axes: Evaluation['axes'] = [];
  for (const { name, unit, trained, measured, episodes } of waysToGrow(task)) {
    const points: Evaluation['axes'][number]['points'] = [];
    for (const at of measured) points.push({ at, ...(await measureAll(net, episodes(at))) });
    axes.push({ name, unit, trained, points });
  }
  return { after, seed: FRESH.seed, trained, axes };
}

interface WayToGrow {
  name: string;
  unit: string;
  trained: { least: number; most: number };
  measured: readonly number[];
  episodes(at: number): Episode[];
}

function waysToGrow(task: Task): WayToGrow[] {
  return [
    {
      name: 'length',
      unit: 'vectors',
      trained: { least: 1, most: 20 },
      measured: [10, 20, 30, 50, 120],
      episodes: (at) => episodesOf(task, at, FRESH.each, FRESH.seed),
    },
  ];
}

/** An LSTM alone has no memory to draw. */
async function drawMemory(place: RunPlace, net: Net, task: Task): Promise<void> {
  if (!(net instanceof NTM)) return rm(place.picture, { force: true });
  const way = waysToGrow(task)[0];
  const [episode = task.episode(createRandom(FRESH.seed))] = way?.episodes(way.trained.most) ?? [];
  await savePicture(net, episode, place.picture);
}
