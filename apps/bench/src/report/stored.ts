import { access } from 'node:fs/promises';
import { readJson, readJsonLines } from '../reproduce/files.js';
import { idOf, placeOf, type RunId, storedRuns } from '../reproduce/folder.js';
import {
  type Evaluation,
  evaluationSchema,
  type Point,
  pointSchema,
  progressSchema,
  type RunFile,
  type RunProgress,
  runSchema,
} from '../reproduce/format.js';

/** A run as its files tell of it. */
export interface StoredRun {
  id: RunId;
  name: string;
  file: RunFile;
  progress: RunProgress;
  curve: readonly Point[];
  /** Where it was measured. */
  evaluation: Evaluation | undefined;
  /** The file of the picture of its memory, where there is one. */
  picture: string | undefined;
}

/** All runs of an experiment, by name. */
export async function readRuns(out: string): Promise<StoredRun[]> {
  const names = [...(await storedRuns(out)).keys()];
  return (await Promise.all(names.map((name) => readRun(out, name)))).flat();
}

async function readRun(out: string, name: string): Promise<StoredRun[]> {
  const place = placeOf(out, name);
  const file = await readJson(place.run, runSchema);
  if (file === undefined) return [];
  const progress = (await readJson(place.progress, progressSchema)) ?? { sequences: 0, seconds: 0 };
  const curve = await readJsonLines(place.curve, pointSchema);
  const evaluation = await readJson(place.evaluation, evaluationSchema);
  const drawn = await access(place.picture).then(
    () => true,
    () => false,
  );
  const picture = drawn ? place.picture : undefined;
  return [{ id: idOf(file), name, file, progress, curve, evaluation, picture }];
}
