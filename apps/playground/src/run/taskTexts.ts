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
  'repeat-copy': {
    label: 'Repeat copy',
    idea: 'As copy, but the net is told how often to say it all, and has to say when it is done: it must count.',
  },
  'associative-recall': {
    label: 'Associative recall',
    idea: 'The net hears items of three vectors each, then one of them again, and has to say the item that followed it.',
  },
  ngrams: {
    label: 'Dynamic n-grams',
    idea: 'Bits come from a table that is new in each episode; the net has to guess the next from how often what followed what.',
  },
  'priority-sort': {
    label: 'Priority sort',
    idea: 'The net hears vectors with a priority each, and has to say the highest sixteen in order.',
  },
};

export const taskList = Object.keys(taskTexts) as TaskName[];
