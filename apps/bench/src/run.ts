import { CommanderError } from 'commander';
import { type ExitCode, exitCode, exitCodeOf, messageOf } from './exit.js';
import { say } from './output.js';
import { checkSomething, program } from './program.js';

/** Runs the command line and says what went wrong, if anything did. @returns the exit code */
export async function run(args: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = exitCode.done;
  try {
    const tapehead = program((ended) => {
      code = ended;
    });
    checkSomething(args, tapehead);
    await tapehead.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    const asked = error instanceof CommanderError && error.exitCode === 0;
    if (!asked) say(`tapehead: ${messageOf(error)}`);
    return exitCodeOf(error);
  }
}
