import { phaseNames, type Schedule, worksOf } from '../schedule.js';
import { cellsOf, readsOf, writesOf } from '../work.js';
import type { Spots } from './spots.js';

/**
 * Places what several segments of a pass or its products need: in a row for each sequence where all of them run in the
 * steps, else in a row for each step and sequence, in the region `bySteps`.
 */
export function placeBetween(schedule: Schedule, bySteps: 'between' | 'late', spots: Spots): void {
  const users = usersIn(schedule);
  const { before, steps, after } = schedule;
  for (const cell of new Set([...before, ...steps, ...after].flatMap(worksOf).flatMap(writesOf))) {
    const all = [...(users.get(cell) ?? [])];
    const isOfOneSegment = all.length === 1 && all[0]?.isProduct === false;
    if (!isOfOneSegment) spots.put(cell, all.every(({ phase }) => phase === 'steps') ? 'batch' : bySteps);
  }
}

/** What uses a cell: the rows of one segment, the products of a phase, or the sums. */
interface User {
  readonly phase: string;
  readonly isProduct: boolean;
}

/** What uses each cell. */
function usersIn(schedule: Schedule): ReadonlyMap<number, ReadonlySet<User>> {
  const users = new Map<number, Set<User>>();
  const note = (cells: readonly number[], user: User): void => {
    for (const cell of cells) users.set(cell, (users.get(cell) ?? new Set()).add(user));
  };
  for (const phase of phaseNames) {
    const products = { phase, isProduct: true };
    for (const segment of schedule[phase]) {
      note(segment.rows.flatMap(cellsOf), { phase, isProduct: false });
      note(segment.products.flatMap(cellsOf), products);
    }
  }
  note(schedule.sums.flatMap(readsOf), { phase: 'sums', isProduct: false });
  return users;
}
