import { taskNames } from '@tapehead/tasks';
import { Argument, Option } from 'commander';
import { UsageError } from '../exit.js';
import { modulePath, task } from '../parse.js';
import type { TaskSource } from '../recipe.js';
import { loadModule } from './module.js';
import { isModulePath } from './path.js';

/** The task to train on, as an argument or as a flag. */
export interface SourceFlags {
  task?: string;
}

export function taskArgument(): Argument {
  const note = `what to learn: ${taskNames.join(', ')}, or the path of a module that exports a task`;
  return new Argument('[task]', note).argParser(task);
}

export function taskOption(): Option {
  return new Option(
    '--task <file>',
    'module that exports the task; the same as its path as the argument',
  ).argParser(modulePath);
}

/** @throws UsageError unless exactly one of both names the task, and as `loadModule` for a module */
export async function sourceOf(argument: string | undefined, flag: string | undefined): Promise<TaskSource> {
  if (argument !== undefined && flag !== undefined) {
    throw new UsageError(
      `--task: expected no other task than ${argument}, got ${flag}; leave one of both out`,
    );
  }
  const named = argument ?? flag;
  if (named === undefined) {
    throw new UsageError(
      `expected a task (${taskNames.join(', ')}, or the path of a module that exports one), got none`,
    );
  }
  return isModulePath(named) ? loadModule(named) : named;
}
