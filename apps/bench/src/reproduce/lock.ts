import { open, readFile, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../exit.js';

/** Says who works in the folder of an experiment. */
export const LOCK = '.lock';

/** Milliseconds. */
const WRITTEN_WITHIN = 10_000;

const ownerSchema = z.object({ host: z.string(), pid: z.int().positive(), began: z.string() });
type Owner = z.infer<typeof ownerSchema>;

/**
 * Runs `work` while no other process works in an existing folder: two would write the same files. The lock of a process
 * of this machine that has ended is ignored.
 * @throws UsageError where another process works there
 */
export async function alone<T>(out: string, work: () => Promise<T>): Promise<T> {
  const path = join(out, LOCK);
  await take(out, path);
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function take(out: string, path: string): Promise<void> {
  if (await made(path)) return;
  const owner = await ownerOf(path);
  if (owner === undefined ? await isFresh(path) : isAtWork(owner)) refuse(out, path, owner);
  await rm(path, { force: true });
  if (!(await made(path))) refuse(out, path, await ownerOf(path));
}

/** Whether the lock was free. */
async function made(path: string): Promise<boolean> {
  const owner: Owner = { host: hostname(), pid: process.pid, began: new Date().toISOString() };
  try {
    const file = await open(path, 'wx');
    await file.writeFile(JSON.stringify(owner)).finally(() => file.close());
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Whether a lock that does not say whose it is may still be being written. */
async function isFresh(path: string): Promise<boolean> {
  const file = await stat(path).catch(() => undefined);
  return file !== undefined && Date.now() - file.mtimeMs < WRITTEN_WITHIN;
}

/** Nothing where the lock is gone, or does not say whose it is. */
async function ownerOf(path: string): Promise<Owner | undefined> {
  try {
    return ownerSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined;
  }
}

/** A process of another machine cannot be asked: it counts as at work. */
function isAtWork({ host, pid }: Owner): boolean {
  if (host !== hostname()) return true;
  // After a restart a container gives out the same process numbers.
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) !== 'ESRCH';
  }
}

function refuse(out: string, path: string, owner: Owner | undefined): never {
  const who = owner === undefined ? '' : ` (process ${owner.pid} on ${owner.host}, since ${owner.began})`;
  throw new UsageError(
    `--out: another tapehead works in ${out}${who}; wait for it, name another folder, or remove ${path} if it has ended`,
  );
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
