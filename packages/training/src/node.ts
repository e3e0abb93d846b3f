import { readFile, stat } from 'node:fs/promises';
import { isTapeheadError, printable, TapeheadError } from '@tapehead/core';
import { decodeCheckpoint, encodeCheckpoint } from './checkpoint.js';
import {
  checkPath,
  FolderNotSynced,
  removeLeftovers as removeLeftoversOf,
  replaceFile as replace,
} from './replaceFile.js';
import type { TrainingState } from './state.js';

/**
 * Writes a checkpoint. At every moment `path` is the complete old file or the complete new one, also after a power
 * cut: the checkpoint goes to a temporary file in the same folder, which is synced and renamed; then the folder is
 * synced. The permissions of an old file stay. A symbolic link stays, and its target is replaced.
 *
 * A process that is killed can leave a temporary file `.NAME.….tmp` behind. The next save to `path` removes it, and so
 * does {@link removeLeftovers}.
 * @param path a file name or a `file:` URL
 * @throws TapeheadError `argument` for a `path` that is neither; `checkpoint` if the file cannot be written: `path` is
 * as it was; `checkpoint` if only the folder cannot be synced: the new file is in place, and the message says so
 */
export async function saveCheckpoint(path: string | URL, state: TrainingState): Promise<void> {
  const name = checkPath(path);
  await written(`checkpoint ${name}`, name, encodeCheckpoint(state));
}

/**
 * Reads a checkpoint.
 * @param path a file name or a `file:` URL
 * @throws TapeheadError `argument` for a `path` that is neither; `checkpoint` that names the file and says what is
 * wrong with it
 */
export async function loadCheckpoint(path: string | URL): Promise<TrainingState> {
  const name = checkPath(path);
  try {
    // A device or a pipe could go on for ever.
    const there = await stat(name);
    if (!there.isFile()) throw new Error(there.isDirectory() ? 'it is a folder' : 'it is not a regular file');
    return decodeCheckpoint(await readFile(name));
  } catch (cause) {
    throw failure(`checkpoint ${name}`, 'read', cause);
  }
}

/**
 * Writes any file as {@link saveCheckpoint} writes a checkpoint.
 * @param path a file name or a `file:` URL
 * @param data bytes, or text to be written as UTF-8
 * @throws TapeheadError `argument` for another `path` or other `data`; `checkpoint` as of {@link saveCheckpoint}
 */
export async function replaceFile(path: string | URL, data: Uint8Array | string): Promise<void> {
  const name = checkPath(path);
  if (typeof data !== 'string' && !(data instanceof Uint8Array)) {
    throw new TapeheadError('argument', `data: expected a string or a Uint8Array, got ${typeof data}`);
  }
  await written(name, name, data);
}

/**
 * Removes the temporary files that killed processes have left beside a file: those of processes of this machine that
 * have ended, and all that have not changed for an hour. A temporary file of a living process stays.
 * @param path a file name or a `file:` URL; the file itself does not have to exist
 * @throws TapeheadError `argument` for a `path` that is neither; `checkpoint` for a link to itself
 */
export async function removeLeftovers(path: string | URL): Promise<void> {
  const name = checkPath(path);
  try {
    await removeLeftoversOf(name);
  } catch (cause) {
    throw failure(name, 'written', cause);
  }
}

async function written(what: string, path: string, data: Uint8Array | string): Promise<void> {
  try {
    await replace(path, data);
  } catch (cause) {
    if (!(cause instanceof FolderNotSynced)) throw failure(what, 'written', cause);
    throw new TapeheadError(
      'checkpoint',
      `${printable(what)} is written, but its folder cannot be synced: ${printable(cause.message, 120)}. ` +
        'The new file is in place; whether it survives a power cut is not known',
      { cause },
    );
  }
}

function failure(what: string, verb: 'read' | 'written', cause: unknown): TapeheadError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const problem = isTapeheadError(cause) ? why.replace(/^checkpoint: /, '') : why;
  return new TapeheadError('checkpoint', `${printable(what)} cannot be ${verb}: ${printable(problem, 160)}`, {
    cause,
  });
}
