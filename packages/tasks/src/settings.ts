import { checkInteger, printable, TapeheadError, textOf } from '@tapehead/core';

/** More than any task can be made of: a larger size would be allocated at once. */
const LARGEST = 1_000_000;

/** `a, b and c`, each in quotes. */
function list(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(', ');
}

/**
 * `defaults` with what is given put over them; an undefined value counts as not given.
 * @throws TapeheadError `argument` for a setting that the task does not have, `range` unless each is an integer from 1 to 1,000,000
 */
export function sizesOf<Sizes extends object>(task: string, defaults: Sizes, given: object): Sizes {
  const known = Object.keys(defaults);
  const entries: [string, unknown][] = Object.entries(given).filter(([, value]) => value !== undefined);
  for (const [name, value] of entries) {
    if (!known.includes(name)) {
      throw new TapeheadError(
        'argument',
        `${task}: no setting '${printable(name, 60)}'; it has ${list(known)}`,
      );
    }
    if (typeof value !== 'number') {
      throw new TapeheadError('argument', `${task}.${name}: expected a number, got ${textOf(value)}`);
    }
    checkInteger(`${task}.${name}`, value);
    if (value > LARGEST) {
      throw new TapeheadError('range', `${task}.${name}: expected at most ${LARGEST}, got ${value}`);
    }
  }
  return { ...defaults, ...Object.fromEntries(entries) };
}

/** @throws TapeheadError `range` if `low` is above `high` */
export function checkOrder(lowName: string, low: number, highName: string, high: number): void {
  if (low <= high) return;
  throw new TapeheadError('range', `${lowName}: expected at most ${highName} (${high}), got ${low}`);
}

/**
 * An episode has the channels of its task.
 * @throws TapeheadError `argument` if the setting that decides them differs
 */
export function checkUnchanged<Sizes extends object>(
  task: string,
  setting: keyof Sizes & string,
  own: Sizes,
  sizes: Sizes,
): void {
  if (sizes[setting] === own[setting]) return;
  throw new TapeheadError(
    'argument',
    `${task}.${setting}: expected ${own[setting]}, the ${setting} of this task, got ${sizes[setting]}; ` +
      `make another task with { ${setting}: ${sizes[setting]} }`,
  );
}
