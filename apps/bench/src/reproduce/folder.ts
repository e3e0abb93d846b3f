import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../exit.js';
import type { NetKind } from '../models.js';
import { fileNameOf } from '../report/escape.js';
import { readJson } from './files.js';
import { type RunFile, runSchema } from './format.js';
import { LOCK } from './lock.js';

/** Where the files of a run are: `DIR/runs/TASK-MODEL-seedN/…`. */
export interface RunPlace {
  folder: string;
  /** What the run is. */
  run: string;
  /** How far it is. */
  progress: string;
  curve: string;
  checkpoint: string;
  /** How it does after training. */
  evaluation: string;
  /** Its use of its memory. */
  picture: string;
}

export function placeOf(out: string, name: string): RunPlace {
  const folder = join(out, 'runs', name);
  return {
    folder,
    run: join(folder, 'run.json'),
    progress: join(folder, 'progress.json'),
    curve: join(folder, 'curve.jsonl'),
    checkpoint: join(folder, 'checkpoint.safetensors'),
    evaluation: join(folder, 'evaluation.json'),
    picture: join(folder, 'memory.svg'),
  };
}

export interface RunId {
  task: string;
  model: NetKind;
  seed: number;
}

export function nameOf({ task, model, seed }: RunId): string {
  return `${fileNameOf(task)}-${model}-seed${seed}`;
}

export function idOf({ task, recipe: { model, seed } }: Pick<RunFile, 'task' | 'recipe'>): RunId {
  return { task: task.name, model, seed };
}

/** The runs of an experiment, by name. */
export async function storedRuns(out: string): Promise<Map<string, RunFile>> {
  const names = (await namesIn(join(out, 'runs'))) ?? [];
  const stored = await Promise.all(
    names.sort().map(async (name): Promise<[string, RunFile][]> => {
      const run = await readJson(placeOf(out, name).run, runSchema);
      return run === undefined ? [] : [[name, run]];
    }),
  );
  return new Map(stored.flat());
}

/**
 * The runs in the folder of an experiment.
 * @throws UsageError for a folder that holds something else, one that holds an experiment unless it is to be gone on
 * with, and one that holds none if it is
 */
export async function openFolder(out: string, resume: boolean): Promise<Map<string, RunFile>> {
  const there = await namesIn(out);
  const runs = await storedRuns(out);
  if (runs.size > 0 && !resume) {
    throw new UsageError(
      `--out: ${out} holds ${runs.size} ${runs.size === 1 ? 'run' : 'runs'} already; --resume goes on with them, or name another folder`,
    );
  }
  if (runs.size === 0 && resume) {
    throw new UsageError(`--resume: expected a folder with runs of this command, but ${out} has none`);
  }
  if (runs.size === 0 && there?.some((name) => name !== LOCK && name !== 'runs')) {
    throw new UsageError(`--out: expected an empty folder or a new one, but ${out} holds other files`);
  }
  return runs;
}

/** @throws UsageError where it cannot be made */
export async function makeFolder(out: string): Promise<void> {
  await mkdir(join(out, 'runs'), { recursive: true }).catch((cause: unknown) => {
    throw new UsageError(`--out: expected a folder that can be made, got ${out}`, { cause });
  });
}

async function namesIn(folder: string): Promise<string[] | undefined> {
  try {
    return await readdir(folder);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') return undefined;
    if (code === 'ENOTDIR') throw new UsageError(`--out: expected a folder, but ${folder} is none`);
    throw error;
  }
}
