import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import type { TrainingState } from '@tapehead/training';
import { UsageError } from '../exit.js';
import { say } from '../output.js';
import { digestOf, loadModule, type OwnModule } from './module.js';
import { shownPath } from './place.js';

/** The help of a flag that names the module of a checkpoint's task. */
export const TASK_FLAG = 'module of the task, where it is not where the checkpoint says, or has changed';

/** What a checkpoint says of the module that its task is from. */
export interface ModuleNote {
  /** From the folder of the checkpoint, with `/`. */
  readonly module: string;
  /** Of the module when the run began or was resumed. */
  readonly digest: string;
  /** Whether the net is the module's too. */
  readonly model: boolean;
}

/** @param checkpoint where it is going to be saved */
export function noteFor({ file, digest }: OwnModule, checkpoint: string, model: boolean): ModuleNote {
  const path = relative(dirname(resolve(checkpoint)), file);
  return { module: path.split(sep).join('/'), digest, model };
}

export function noteOf({ notes = {} }: Pick<TrainingState, 'notes'>): ModuleNote | undefined {
  const { module, digest, model }: Partial<Record<keyof ModuleNote, unknown>> = { ...notes };
  if (typeof module !== 'string' || typeof digest !== 'string' || isAbsolute(module)) return undefined;
  return { module, digest, model: model === true };
}

/**
 * The module of a checkpoint's task; nothing for a task of @tapehead/tasks. A checkpoint may be a stranger's, so only a
 * file that is still what was trained with is imported without being named.
 * @param named by a flag
 * @throws UsageError for a module that is missing or has changed, and says what to pass
 */
export async function moduleOf(
  state: TrainingState,
  checkpoint: string,
  named?: string,
): Promise<OwnModule | undefined> {
  const note = noteOf(state);
  if (named !== undefined) {
    const own = await loadModule(named);
    if (note !== undefined) sayChanged(own, note.digest, checkpoint);
    return own;
  }
  return (
    note && unchangedModule(resolve(dirname(checkpoint), note.module), note.digest, checkpoint, '--task ')
  );
}

/**
 * A module that is as it was.
 * @param of what was made with it
 * @param pass how to name another
 * @throws UsageError for one that is missing or has changed
 */
export async function unchangedModule(
  file: string,
  digest: string,
  of: string,
  pass: string,
): Promise<OwnModule> {
  const shown = shownPath(file);
  const now = await digestOf(file);
  if (now === digest) return loadModule(file, shown);
  throw new UsageError(
    now === undefined
      ? `${of}: its task is from a module that was ${shown}, which is not there; pass ${pass}FILE with the module`
      : `${of}: ${shown}, the module of its task, has changed since; pass ${pass}${shown} to take it as it is now`,
  );
}

export function sayChanged(own: OwnModule, digest: string, of: string): void {
  if (own.digest !== digest) say(`${own.path} is not as it was when ${of} was trained with it`);
}
