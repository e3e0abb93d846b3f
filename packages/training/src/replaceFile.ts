import { constants } from 'node:fs';
import { access, open, readlink, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TapeheadError } from '@tapehead/core';
import { removeAbandoned, withTemporary } from './leftovers.js';

/** The permissions of a new file, before the process's umask. */
const NEW_FILE = 0o666;

/** Codes of file systems that cannot sync a folder at all. */
const NO_FOLDER_SYNC: readonly unknown[] = ['EINVAL', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP'];

/** The new file is in place, but its folder was not synced. */
export class FolderNotSynced extends Error {
  override readonly name = 'FolderNotSynced';
}

/**
 * Replaces a file. At every moment `path` is the complete old file or the complete new one, also after a power cut:
 * the bytes go to a temporary file in the same folder, which is synced and renamed; then the folder is synced. The
 * permissions of an old file stay. A symbolic link stays, and its target is replaced. First removes the temporary
 * files that killed processes have left beside `path`.
 * @throws FolderNotSynced if only the last step failed; Error of the file system for any other, `path` as it was
 */
export async function replaceFile(path: string, data: Uint8Array | string): Promise<void> {
  const target = await targetOf(path);
  const mode = await modeOf(target);
  await removeAbandoned(target);
  await withTemporary(target, async (temporary) => {
    try {
      await writeSynced(temporary, data, mode);
      await rename(temporary, target);
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => {});
      throw error;
    }
  });
  await syncFolder(dirname(target));
}

/** Removes the temporary files of `path`, or of the file that it links to, whose processes have ended. */
export async function removeLeftovers(path: string): Promise<void> {
  await removeAbandoned(await targetOf(path));
}

/**
 * `path` as a string.
 * @throws TapeheadError `argument` for anything but a file name or a `file:` URL
 */
export function checkPath(path: string | URL): string {
  const name = path instanceof URL && path.protocol === 'file:' ? fileName(path) : path;
  if (typeof name === 'string' && name !== '' && !name.includes('\0')) return name;
  throw new TapeheadError('argument', `path: expected a file name or a file: URL, got ${shown(path)}`);
}

function fileName(url: URL): string | undefined {
  try {
    return fileURLToPath(url);
  } catch {
    return undefined;
  }
}

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 100));
  return value instanceof URL ? value.href.slice(0, 100) : String(Object.prototype.toString.call(value));
}

/** The file that `path` is or links to, whether it is there or not. @throws Error for a link to itself */
async function targetOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
  const link = await readlink(path).catch(() => undefined);
  if (link === undefined) return path;
  return targetOf(resolve(await realpath(dirname(path)), link));
}

/** @throws Error for what is there and is not a file, or must not be written */
async function modeOf(path: string): Promise<number | undefined> {
  const there = await stat(path).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (there === undefined) return undefined;
  if (!there.isFile()) throw new Error(there.isDirectory() ? 'it is a folder' : 'it is not a regular file');
  await access(path, constants.W_OK);
  return there.mode & 0o7777;
}

async function writeSynced(path: string, data: Uint8Array | string, mode: number | undefined): Promise<void> {
  // Only the owner may read the data before the file has the permissions of the old one.
  const file = await open(path, 'wx', mode === undefined ? NEW_FILE : mode & 0o600);
  try {
    await file.writeFile(data);
    if (mode !== undefined) await file.chmod(mode);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes the rename itself durable. Windows and some network file systems cannot sync a folder. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  try {
    const folder = await open(path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (cause) {
    if (NO_FOLDER_SYNC.includes(codeOf(cause))) return;
    throw new FolderNotSynced(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
