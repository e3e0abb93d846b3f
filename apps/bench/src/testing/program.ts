import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const program = fileURLToPath(new URL('../../dist/tapehead.js', import.meta.url));

/** Flags of a net and of a task that take no time. */
export const tiny =
  '--width 2 --max-length 2 --memory-size 5 --memory-dim 3 --controller-size 4 --backend cpu'.split(' ');

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs the built program in a process of its own; `during` may act when it has said something on stdout. */
export function runProgram(
  cwd: string,
  args: string[],
  during: (child: ChildProcess) => void = () => {},
): Promise<Ended> {
  const child = spawn(process.execPath, [program, ...args], { cwd });
  const [stdout, stderr]: [string[], string[]] = [[], []];
  child.stdout.once('data', () => during(child));
  child.stdout.on('data', (text) => stdout.push(String(text)));
  child.stderr.on('data', (text) => stderr.push(String(text)));
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, stdout: stdout.join(''), stderr: stderr.join('') }));
  });
}

/** Every line as the object that it must be. */
export function events(stdout: string): Record<string, unknown>[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}
