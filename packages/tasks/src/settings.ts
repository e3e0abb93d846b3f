import { checkInteger, checkOptions, TapeheadError, textOf } from '@tapehead/core';

/** The largest setting: a larger one has no episode that fits in memory. */
const LARGEST = 1_000_000;
/** The most numbers that one episode may hold: 512 MiB of float32. */
const MOST_NUMBERS = 2 ** 27;

/**
 * `defaults` with what is given put over them; an undefined value counts as not given.
 * @throws TapeheadError `argument` for a setting that the task does not have, `range` unless each is an integer from 1 to
 * 1,000,000
 */
export function sizesOf<Sizes extends object>(task: string, defaults: Sizes, given: object): Sizes {
  checkOptions(task, given, Object.keys(defaults));
  const entries: [string, unknown][] = Object.entries(given).filter(([, value]) => value !== undefined);
  for (const [name, value] of entries) {
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

/**
 * @param numbers of one step: input, target and mask together
 * @throws TapeheadError `range` if the longest episode of these settings is too large to be drawn
 */
export function checkEpisodeSize(task: string, steps: number, numbers: number): void {
  if (steps * numbers <= MOST_NUMBERS) return;
  throw new TapeheadError(
    'range',
    `${task}: expected episodes of at most ${MOST_NUMBERS} numbers, got ${steps} steps of ${numbers} numbers; ` +
      'take smaller settings',
  );
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
