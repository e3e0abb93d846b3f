import { Command } from 'commander';
import { drawCommand } from './commands/draw.js';
import { evaluateCommand } from './commands/evaluate.js';
import { reproduceCommand } from './commands/reproduce.js';
import { seedsCommand } from './commands/seeds.js';
import { speedCommand } from './commands/speed.js';
import { startCommand } from './commands/start.js';
import { trainCommand } from './commands/train.js';
import { type Ended, UsageError } from './exit.js';

/** Every command is one file and one line here. */
const commands = [
  startCommand,
  trainCommand,
  evaluateCommand,
  drawCommand,
  speedCommand,
  seedsCommand,
  reproduceCommand,
];

export function program(ended: Ended): Command {
  const tapehead = new Command('tapehead')
    .description('Neural Turing Machines: train, evaluate and draw them')
    .helpOption('-h, --help', 'say how to use it')
    .helpCommand('help [command]', 'say how to use it, or one of its commands')
    .usage('<command> [options]');
  for (const make of commands) tapehead.addCommand(strict(make(ended)));
  return strict(tapehead);
}

/** Errors are thrown, in one line that says what is allowed, and printed in one place. */
function strict(command: Command): Command {
  return command.configureOutput({ outputError: () => {} }).exitOverride((error) => {
    if (error.code === 'commander.unknownOption')
      throw new UsageError(`${error.message}; ${allowed(command)}`);
    if (error.code === 'commander.unknownCommand')
      throw new UsageError(`${error.message}; expected one of ${commandNames(command)}`);
    throw error;
  });
}

function allowed(command: Command): string {
  const flags = command.options.map(({ long }) => long).filter((long) => long !== undefined);
  return `allowed: ${[...flags, '--help'].join(', ')}`;
}

/** @throws UsageError for a command line without words, which commander would answer with all of its help */
export function checkSomething(args: readonly string[], tapehead: Command): void {
  if (args.length > 0) return;
  throw new UsageError(`expected a command (${commandNames(tapehead)}), got none; see tapehead --help`);
}

function commandNames(tapehead: Command): string {
  return tapehead.commands.map((each) => each.name()).join(', ');
}
