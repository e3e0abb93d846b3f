import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { TapeheadError } from '@tapehead/core';
import type { Engine } from '@tapehead/ntm';
import { createTask } from '@tapehead/tasks';
import { captureState, meanCost, type Progress, type Run, train } from '@tapehead/training';
import { loadCheckpoint, removeLeftovers, saveCheckpoint } from '@tapehead/training/node';
import { messageOf } from '../exit.js';
import { buildNet, type Net, resumedRun } from '../net.js';
import { newRun } from '../recipe.js';
import { type Curve, openCurve } from './curve.js';
import { readJson, writeJson } from './files.js';
import type { RunPlace } from './folder.js';
import { progressSchema, type RunFile, runSchema, type Sitting } from './format.js';

export interface Lesson {
  place: RunPlace;
  /** What the run is to be; `parameters` and `sittings` are what it finds. */
  plan: Pick<RunFile, 'format' | 'task' | 'recipe' | 'target'>;
  sitting: Omit<Sitting, 'from' | 'engine'>;
  engine: Engine;
  /** Seconds between two saves: so much training an end without warning may cost. */
  saveEvery: number;
}

export interface LearnOptions extends Lesson {
  signal: AbortSignal;
  tell: (progress: Progress) => void;
}

/** A run that has come to its end, or to a stop. */
export interface Learned {
  stop: 'finished' | 'aborted' | 'failed';
  sequences: number;
  /** The mean of the last 1,000. */
  bits: number;
  seconds: number;
  failure?: string;
}

/** A run, and the net that it trains. */
export interface Begun {
  net: Net;
  run: Run;
}

/** Trains a run to its target; what it has learned so far is in its files. */
export async function learn({ net, run }: Begun, options: LearnOptions): Promise<Learned> {
  const { place, plan, saveEvery, signal, tell } = options;
  const before = await readJson(place.progress, progressSchema);
  await mkdir(place.folder, { recursive: true });
  await sitDown(options, run, net);
  const curve = await openCurve(place.curve, run.sequences);
  const began = performance.now();
  const seconds = () => (before?.seconds ?? 0) + (performance.now() - began) / 1000;
  let saved = performance.now();
  const outcome = (stop: Learned['stop']): Learned => ({
    stop,
    sequences: run.sequences,
    bits: meanCost(run),
    seconds: seconds(),
  });
  try {
    for await (const progress of train(run, { sequences: plan.target, signal })) {
      curve.tell(run, seconds());
      tell(progress);
      if (performance.now() - saved < 1000 * saveEvery) continue;
      await save(place, run, curve, seconds());
      saved = performance.now();
    }
    await save(place, run, curve, seconds());
    return outcome(run.sequences >= plan.target ? 'finished' : 'aborted');
  } catch (error) {
    const failure = messageOf(error);
    await curve.save();
    await writeJson(place.progress, { sequences: run.sequences, seconds: seconds(), failure });
    return { ...outcome('failed'), failure };
  }
}

/**
 * The run of its checkpoint, or a new one.
 * @throws TapeheadError `checkpoint` for one that is damaged, or is missing though the run was begun
 */
export async function begin(lesson: Lesson): Promise<Begun> {
  const { folder: _, ...files } = lesson.place;
  await Promise.all(Object.values(files).map(removeLeftovers));
  try {
    return await begun(lesson);
  } catch (error) {
    await noteBroken(lesson.place, messageOf(error));
    throw error;
  }
}

async function begun({ place, plan, engine }: Lesson): Promise<Begun> {
  if (existsSync(place.checkpoint)) return resumedRun(await loadCheckpoint(place.checkpoint), engine);
  const before = await readJson(place.progress, progressSchema);
  if (before !== undefined && before.sequences > 0 && before.failure === undefined) {
    throw new TapeheadError(
      'checkpoint',
      `${place.checkpoint} is not there: the run cannot go on without it`,
    );
  }
  const task = createTask(plan.task.name, plan.task.settings);
  const net = buildNet(task, plan.recipe, engine);
  return { net, run: newRun(net, task, plan.recipe) };
}

/** For the report; what was learned before stays as it is. */
async function noteBroken(place: RunPlace, broken: string): Promise<void> {
  const before = await readJson(place.progress, progressSchema);
  if (before !== undefined) await writeJson(place.progress, { ...before, broken });
}

/** The curve first: of points that no checkpoint follows, the next sitting lets go. */
async function save(place: RunPlace, run: Run, curve: Curve, seconds: number): Promise<void> {
  await curve.save();
  await saveCheckpoint(place.checkpoint, await captureState(run));
  await writeJson(place.progress, { sequences: run.sequences, seconds });
}

async function sitDown({ place, plan, sitting }: Lesson, run: Run, net: Net): Promise<void> {
  const stored = await readJson(place.run, runSchema);
  const now: Sitting = { from: run.sequences, ...sitting, engine: net.runsOn };
  const finished = run.sequences >= plan.target;
  const file: RunFile = {
    ...plan,
    parameters: parametersOf(net),
    sittings: [...(stored?.sittings ?? []), ...(finished ? [] : [now])],
  };
  await writeJson(place.run, file);
}

/** Numbers that training changes. */
export function parametersOf(net: Net): number {
  return Object.values(net.trainable).reduce((sum, { size }) => sum + size, 0);
}
