import { constants } from 'node:fs';
import { access, mkdir, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UsageError } from './exit.js';

/** Where files go for which nobody named a place. */
export const RUNS = 'runs';

/**
 * Says before the work whether its result can be written afterwards.
 * @throws UsageError that names the flag, unless a file can be made or replaced at `path`
 */
export async function checkWritable(flag: string, path: string): Promise<void> {
  const folder = dirname(path);
  const around = await stat(folder).catch(() => undefined);
  if (around === undefined) {
    throw new UsageError(
      `${flag}: expected a file in a folder that exists, got ${path}; make ${folder} first`,
    );
  }
  if (!around.isDirectory())
    throw new UsageError(`${flag}: expected a file in a folder, but ${folder} is none`);
  const there = await stat(path).catch(() => undefined);
  if (there?.isDirectory()) throw new UsageError(`${flag}: expected a file, but ${path} is a folder`);
  if (there?.isFile() === false) {
    throw new UsageError(`${flag}: expected a file, but ${path} is a device or a pipe`);
  }
  try {
    await access(folder, constants.W_OK);
  } catch {
    throw new UsageError(`${flag}: expected a folder that can be written to, but ${folder} cannot`);
  }
}

/** Whether two paths lead to the same file, which is there. */
export async function areSameFile(one: string, other: string): Promise<boolean> {
  const [first, second] = await Promise.all(
    [one, other].map((path) => realpath(path).catch(() => undefined)),
  );
  return first !== undefined && first === second;
}

/** `folder/name`, without its ending, such that no `folder/name.ending` exists; numbered if need be. Makes the folder. */
export async function freeName(folder: string, name: string, endings: readonly string[]): Promise<string> {
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw new UsageError(`${folder}: expected a folder that can be made here`, { cause });
  });
  for (let number = 1; ; number++) {
    const base = join(folder, number === 1 ? name : `${name}-${number}`);
    const taken = await Promise.all(endings.map((ending) => exists(base + ending)));
    if (!taken.includes(true)) return base;
  }
}

export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
