import { execFile } from 'node:child_process';
import { availableParallelism, cpus } from 'node:os';
import { promisify } from 'node:util';
import { folder } from '../folder.js';
import type { Sitting } from './format.js';

const run = promisify(execFile);

/** The commit of this program, `+` at its end if there are changes that are not committed; `null` outside of git. */
export async function commit(): Promise<string | null> {
  try {
    const cwd = folder;
    const { stdout: head } = await run('git', ['rev-parse', '--short=12', 'HEAD'], { cwd });
    const { stdout: changes } = await run('git', ['status', '--porcelain', '--untracked-files=no'], { cwd });
    return head.trim() + (changes.trim() === '' ? '' : '+');
  } catch {
    return null;
  }
}

export function machine(): Sitting['machine'] {
  const cpu = cpus()[0]?.model.trim() || 'unknown';
  return {
    cpu,
    cores: availableParallelism(),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
  };
}

/** What was typed, with the program's name instead of its path. */
export function commandLine(): string {
  const quoted = process.argv.slice(2).map((part) => (/^[\w./:,=+@-]+$/.test(part) ? part : `'${part}'`));
  return ['tapehead', ...quoted].join(' ');
}
