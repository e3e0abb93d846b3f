import { createHash, randomBytes } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** Milliseconds after its last change at which a temporary file counts as abandoned, whoever wrote it. */
const ABANDONED_AFTER = 3_600_000;

/** This machine. A process number says nothing about the processes of another machine that shares the folder. */
const host = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);

/** Temporary files that this thread is writing. */
const writing = new Set<string>();

/** Calls `work` with the name of a temporary file beside `path`: `.NAME.HOST-PID-RANDOM.tmp`. */
export async function withTemporary(path: string, work: (temporary: string) => Promise<void>): Promise<void> {
  const unique = `${host}-${process.pid}-${randomBytes(4).toString('hex')}`;
  const temporary = join(dirname(path), `.${basename(path)}.${unique}.tmp`);
  writing.add(temporary);
  try {
    await work(temporary);
  } finally {
    writing.delete(temporary);
  }
}

/** Removes the temporary files of `path` whose processes have ended. Files that cannot be removed stay. */
export async function removeAbandoned(path: string): Promise<void> {
  const folder = dirname(path);
  const names = await readdir(folder).catch((): string[] => []);
  const temporaries = names.filter((name) => name.startsWith(`.${basename(path)}.`));
  await Promise.all(
    temporaries.map(async (name) => {
      const writer = writerOf(name.slice(basename(path).length + 2));
      const temporary = join(folder, name);
      if (writer === undefined || writing.has(temporary)) return;
      if (await isAbandoned(temporary, writer)) await rm(temporary, { force: true }).catch(() => {});
    }),
  );
}

interface Writer {
  host: string;
  pid: number;
}

/** Of `HOST-PID-RANDOM.tmp`. */
function writerOf(unique: string): Writer | undefined {
  const [, host, pid] = /^([0-9a-f]{8})-(\d+)-[0-9a-f]{8}\.tmp$/.exec(unique) ?? [];
  return host === undefined || pid === undefined ? undefined : { host, pid: Number(pid) };
}

async function isAbandoned(temporary: string, writer: Writer): Promise<boolean> {
  const file = await stat(temporary).catch(() => undefined);
  if (file === undefined) return false;
  if (Date.now() - file.mtimeMs > ABANDONED_AFTER) return true;
  if (writer.host !== host) return false;
  // After a restart a container gives out the same process numbers: an older file is of an earlier process.
  if (writer.pid === process.pid) return file.mtimeMs < Date.now() - 1000 * process.uptime();
  return !isAlive(writer.pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, and is somebody else's.
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}
