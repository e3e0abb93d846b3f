import type { TaskName } from '@tapehead/tasks';

interface TaskText {
  readonly label: string;
  readonly idea: string;
}

/** What people are told of each task, in the order of the paper. */
export const taskTexts: Readonly<Record<TaskName, TaskText>> = {
  copy: {
    label: 'Copy',
    idea: 'The net hears a row of random vectors, then a mark, and has to say all of them again from memory.',
  },
};

export const taskList = Object.keys(taskTexts) as TaskName[];
