import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { TapeheadError } from '@tapehead/core';
import type { Engine } from '@tapehead/ntm';
import { captureState, meanCost, type Progress, type Run, train } from '@tapehead/training';
import { loadCheckpoint, removeLeftovers, saveCheckpoint } from '@tapehead/training/node';
import { messageOf } from '../exit.js';
import { engineOf, type Net, netFor, parametersOf, resumedRun } from '../net.js';
import { loadModule, type OwnModule } from '../own/module.js';
import { noteFor } from '../own/note.js';
import { shownPath } from '../own/place.js';
import { newRun, taskFor } from '../recipe.js';
import { type Curve, openCurve } from './curve.js';
import { readJson, writeJson } from './files.js';
import type { RunPlace } from './folder.js';
import { progressSchema, type RunFile, runSchema, type Sitting } from './format.js';

export interface Lesson {
  place: RunPlace;
  /** What the run is to be; `parameters` and `sittings` are what it finds. */
  plan: Pick<RunFile, 'format' | 'task' | 'recipe' | 'target' | 'solvedBelow'>;
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
  cost: number;
  unit: string;
  seconds: number;
  failure?: string;
}

/** A run, and the net that it trains. */
export interface Begun {
  net: Net;
  run: Run;
  /** What its checkpoints carry of the module of its task. */
  notes: object | undefined;
}

/** Trains a run to its target; what it has learned so far is in its files. */
export async function learn({ net, run, notes }: Begun, options: LearnOptions): Promise<Learned> {
  const { place, plan, saveEvery, signal, tell } = options;
  const before = await readJson(place.progress, progressSchema);
  await mkdir(place.folder, { recursive: true });
  await sitDown(options, run, net);
  const curve = await openCurve(place.curve, run.sequences, run.cost.unit);
  const began = performance.now();
  const seconds = () => (before?.seconds ?? 0) + (performance.now() - began) / 1000;
  let saved = performance.now();
  const keep = () => save(place, run, { curve, seconds: seconds(), notes });
  const outcome = (stop: Learned['stop']): Learned => ({
    stop,
    sequences: run.sequences,
    cost: meanCost(run),
    unit: run.cost.unit,
    seconds: seconds(),
  });
  try {
    for await (const progress of train(run, { sequences: plan.target, signal })) {
      curve.tell(run, seconds());
      tell(progress);
      if (performance.now() - saved < 1000 * saveEvery) continue;
      await keep();
      saved = performance.now();
    }
    await keep();
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
  const own = await moduleFor(place, plan);
  const notes = own && noteFor(own, place.checkpoint, plan.recipe.model === 'own');
  if (existsSync(place.checkpoint)) {
    return { ...(await resumedRun(await loadCheckpoint(place.checkpoint), engine, own)), notes };
  }
  const before = await readJson(place.progress, progressSchema);
  if (before !== undefined && before.sequences > 0 && before.failure === undefined) {
    throw new TapeheadError(
      'checkpoint',
      `${place.checkpoint} is not there: the run cannot go on without it`,
    );
  }
  const task = taskFor(own ?? plan.task.name, plan.task.settings);
  const net = await netFor(task, plan.recipe, engine, own);
  return { net, run: newRun(net, task, plan.recipe, own), notes };
}

/** The module of the run's task, where it is of one. */
async function moduleFor(place: RunPlace, { task }: Lesson['plan']): Promise<OwnModule | undefined> {
  if (task.module === undefined) return undefined;
  const file = resolve(place.folder, task.module);
  return loadModule(file, shownPath(file));
}

/** For the report; what was learned before stays as it is. */
async function noteBroken(place: RunPlace, broken: string): Promise<void> {
  const before = await readJson(place.progress, progressSchema);
  if (before !== undefined) await writeJson(place.progress, { ...before, broken });
}

/** The curve first: of points that no checkpoint follows, the next sitting lets go. */
async function save(
  place: RunPlace,
  run: Run,
  { curve, seconds, notes }: { curve: Curve; seconds: number; notes: object | undefined },
): Promise<void> {
  await curve.save();
  await saveCheckpoint(place.checkpoint, { ...(await captureState(run)), ...(notes && { notes }) });
  await writeJson(place.progress, { sequences: run.sequences, seconds });
}

async function sitDown({ place, plan, sitting }: Lesson, run: Run, net: Net): Promise<void> {
  const stored = await readJson(place.run, runSchema);
  const now: Sitting = { from: run.sequences, ...sitting, engine: engineOf(net) };
  const finished = run.sequences >= plan.target;
  const file: RunFile = {
    ...plan,
    cost: { name: run.cost.name, unit: run.cost.unit },
    solvedBelow: plan.solvedBelow ?? run.cost.solvedBelow,
    parameters: parametersOf(net),
    sittings: [...(stored?.sittings ?? []), ...(finished ? [] : [now])],
  };
  await writeJson(place.run, file);
}
