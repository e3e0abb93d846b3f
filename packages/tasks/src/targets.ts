import { checkOneOf } from '@tapehead/core';

/**
 * What the targets of a task are. `bits`: numbers from 0 to 1, each the probability of a 1. `classes`: probabilities of
 * `outputSize` classes, which sum to 1 at each scored step; one-hot where the class is known. `numbers`: any finite numbers.
 */
export type Targets = 'bits' | 'classes' | 'numbers';

/** Each kind allows the targets of the kinds before it. */
const kinds: readonly Targets[] = ['classes', 'bits', 'numbers'];

/** @throws TapeheadError `argument` for another kind */
export function checkTargets(name: string, targets: Targets): void {
  checkOneOf(name, targets, kinds);
}

/**
 * Whether targets of one kind are also targets of another: classes are bits, and bits are numbers.
 * @throws TapeheadError `argument` for another kind
 */
export function areTargetsOf(targets: Targets, wanted: Targets): boolean {
  checkTargets('targets', targets);
  checkTargets('wanted', wanted);
  return kinds.indexOf(targets) <= kinds.indexOf(wanted);
}
