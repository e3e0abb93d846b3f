import { checkFinite, checkInteger, checkOneOf, checkOptions, TapeheadError, textOf } from '@tapehead/core';
import type { Cost } from './costs/cost.js';
import { isBelow, isSolved, type Run, SOLVED_WINDOW } from './run.js';

/**
 * When training stops. `sequences`: when the budget is used up. `solved`: as soon as `isSolved(run)`. `costBelow`: as soon
 * as the mean cost of the last `over` sequences (1 to 1,000, by default 1,000) is below it, in the unit of the run's cost.
 */
export type Until = 'sequences' | 'solved' | { readonly costBelow: number; readonly over?: number };

/**
 * Whether a run has reached what `until` says.
 * @throws TapeheadError `argument` or `range` for another `until`, and for `solved` with a cost that has no threshold
 */
export function untilOf(until: Until, { name, solvedBelow }: Cost): (run: Run) => boolean {
  if (typeof until === 'object' && until !== null) {
    checkOptions('until', until, ['costBelow', 'over']);
    const { costBelow, over = SOLVED_WINDOW } = until;
    checkFinite('until.costBelow', costBelow);
    checkInteger('until.over', over, 1, SOLVED_WINDOW);
    return (run) => isBelow(run, costBelow, over);
  }
  checkOneOf('until', until, ['sequences', 'solved']);
  if (until === 'sequences') return () => false;
  if (solvedBelow !== undefined) return isSolved;
  throw new TapeheadError(
    'argument',
    `until: expected a threshold, because the cost ${textOf(name)} has none of its own, got 'solved'; ` +
      'give one, such as { costBelow: 0.01 }',
  );
}
