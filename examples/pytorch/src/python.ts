import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The folder of the example, in which its scripts run. */
export const folder = fileURLToPath(new URL('..', import.meta.url));

/** What PyTorch answered: see `answers.py`. */
export const fixtures = fileURLToPath(new URL('../fixtures', import.meta.url));

const candidates = process.env.PYTHON === undefined ? ['python3', '/usr/bin/python3'] : [process.env.PYTHON];

/** `$PYTHON`, or the first Python that has PyTorch; `undefined` where there is none. */
export const python = candidates.find((each) => {
  try {
    execFileSync(each, ['-c', 'import torch'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
});

/**
 * Runs Python in the folder of the example.
 * @returns what it printed
 * @throws Error with what it wrote to stderr, where it fails
 */
export function runPython(...args: string[]): string {
  if (python === undefined) throw new Error('no python3 with torch');
  return execFileSync(python, args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
}

/** Names a skipped test on the screen. */
export function withPython(test: string, skip: (note: string) => never): void {
  if (python !== undefined) return;
  process.stderr.write(`Skipped: ${test} (no python3 with torch)\n`);
  skip('no python3 with torch');
}
