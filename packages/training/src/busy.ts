import { TapeheadError } from '@tapehead/core';
import type { Run } from './run.js';

/** Runs, and their models, that are in the middle of a step. */
const busy = new WeakSet<object>();

/**
 * Does the work of a step, during which no other step of the run or of its model may begin.
 * @param where the function that is called
 * @throws TapeheadError `argument` where one has begun
 */
export async function exclusively<T>(where: string, run: Run, work: () => Promise<T>): Promise<T> {
  checkIdle(where, run);
  const held = [run, run.model];
  for (const each of held) busy.add(each);
  try {
    return await work();
  } finally {
    for (const each of held) busy.delete(each);
  }
}

/** @throws TapeheadError `argument` while a step of the run, or of another run of its model, is not done */
export function checkIdle(where: string, run: Run): void {
  if (busy.has(run)) {
    throw new TapeheadError('argument', `${where}: a step of this run is not done; await it before this`);
  }
  if (busy.has(run.model)) {
    throw new TapeheadError(
      'argument',
      `${where}: a step of another run with the same model is not done; await it before this`,
    );
  }
}
