import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/**
 * Runs a program to its end.
 * @returns what it printed on stdout
 * @throws Error with everything it printed, where it fails
 */
export async function run(program: string, args: readonly string[], cwd: string): Promise<string> {
  try {
    const { stdout } = await execute(program, args, { cwd });
    return stdout;
  } catch (error) {
    throw new Error(`${program} ${args.join(' ')} failed in ${cwd}\n${outputOf(error)}`, { cause: error });
  }
}

function outputOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!('stdout' in error && 'stderr' in error)) return error.message;
  return `${error.stdout}${error.stderr}` || error.message;
}
