import { randomBytes } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isTapeheadError, TapeheadError } from '@tapehead/core';
import { decodeCheckpoint, encodeCheckpoint } from './checkpoint.js';
import type { TrainingState } from './state.js';

/**
 * Writes a checkpoint so that at every moment, a power cut included, `path` is the old file or the new one, whole:
 * to a temporary file in the same folder, synced, renamed, the folder synced. A process killed meanwhile can leave
 * `.NAME.….tmp` behind, which is safe to delete.
 * @throws TapeheadError `checkpoint` if it cannot be written; the temporary file is removed and `path` as it was
 */
export async function saveCheckpoint(path: string, state: TrainingState): Promise<void> {
  const bytes = encodeCheckpoint(state);
  const temporary = join(
    dirname(path),
    `.${basename(path)}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`,
  );
  try {
    await writeSynced(temporary, bytes);
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (cause) {
    await rm(temporary, { force: true });
    throw failure('written', path, cause);
  }
}

/**
 * Reads a checkpoint.
 * @throws TapeheadError `checkpoint` that names the file and says what is wrong with it
 */
export async function loadCheckpoint(path: string): Promise<TrainingState> {
  try {
    return decodeCheckpoint(await readFile(path));
  } catch (cause) {
    throw failure('read', path, cause);
  }
}

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes the rename itself durable. Windows has no way to sync a folder, and needs none. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function failure(verb: 'read' | 'written', path: string, cause: unknown): TapeheadError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const problem = isTapeheadError(cause) ? why.replace(/^checkpoint: /, '') : why;
  return new TapeheadError('checkpoint', `checkpoint ${path} cannot be ${verb}: ${problem}`, { cause });
}
