import { checkInteger, TapeheadError } from '@tapehead/core';

/** `a, b and c`, each in quotes. */
function list(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(', ');
}

/**
 * `defaults` with what is given put over them; an undefined value counts as not given.
 * @throws TapeheadError `argument` for a setting that the task does not have, `range` unless each is an integer of at least 1
 */
export function sizesOf<Sizes extends object>(task: string, defaults: Sizes, given: object): Sizes {
  const known = Object.keys(defaults);
  const entries: [string, unknown][] = Object.entries(given).filter(([, value]) => value !== undefined);
  for (const [name, value] of entries) {
    if (!known.includes(name)) {
      throw new TapeheadError('argument', `${task}: no setting '${name}'; it has ${list(known)}`);
    }
    if (typeof value !== 'number') {
      throw new TapeheadError('argument', `${task}.${name}: expected a number, got ${JSON.stringify(value)}`);
    }
    checkInteger(`${task}.${name}`, value);
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
