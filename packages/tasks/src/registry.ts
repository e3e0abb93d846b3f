import { checkOneOf, TapeheadError } from '@tapehead/core';
import type { Task } from './task.js';
import { associativeRecall } from './tasks/associativeRecall.js';
import { copy } from './tasks/copy.js';
import { dynamicNgrams } from './tasks/dynamicNgrams.js';
import { prioritySort } from './tasks/prioritySort.js';
import { repeatCopy } from './tasks/repeatCopy.js';

/** Every task by its name. A new task is one file in `tasks/` and one line here. */
const makers = {
  copy,
  'repeat-copy': repeatCopy,
  'associative-recall': associativeRecall,
  ngrams: dynamicNgrams,
  'priority-sort': prioritySort,
} as const;

/**
 * The name of a task of this package.
 * @useDeclaredType
 */
export type TaskName = keyof typeof makers;

/** The names that `createTask` takes. */
export const taskNames = Object.keys(makers).filter(isTaskName);

function isTaskName(name: string): name is TaskName {
  return typeof name === 'string' && Object.hasOwn(makers, name);
}

/**
 * The task of that name, for callers who learn the name at run time (a command line, a checkpoint).
 * @param settings as the task's own function takes them
 * @throws TapeheadError `argument` for an unknown name or setting, `range` for a setting out of range
 */
export function createTask(name: string, settings: object = {}): Task {
  if (isTaskName(name)) return makers[name](settings);
  checkOneOf<string>('task', name, taskNames);
  throw new TapeheadError('argument', `task: no '${name}'`);
}
