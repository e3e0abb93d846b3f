import { expect, test } from 'vitest';

/** The names of the functions that the tests of this file call at random. */
const fuzzedNames = new Set<string>();

export function rememberFuzzed(name: string): void {
  fuzzedNames.add(name);
}

/**
 * Declares a test: `fuzz` calls every function that the modules export, or there is a reason why not. A function counts as
 * called where the name of a test is its name, or begins with it and a space or a dot, as in `write with options`.
 *
 * @param modules what each module exports, by its name
 * @param reasons why an export is not called, by its name
 */
export function testEveryExport(
  modules: Readonly<Record<string, object>>,
  reasons: Readonly<Record<string, string>> = {},
): void {
  const exported = Object.entries(modules).flatMap(([module, all]) =>
    Object.entries(all).flatMap(([name, each]) => (typeof each === 'function' ? [{ module, name }] : [])),
  );
  const isFuzzed = (name: string) => [...fuzzedNames].some((each) => each.split(/[ .]/)[0] === name);
  test('every exported function is called at random, or has a reason why not', () => {
    const missed = exported.filter(({ name }) => !isFuzzed(name) && !Object.hasOwn(reasons, name));
    expect(missed, 'exported, and neither called nor excused').toEqual([]);
    const names = new Set(exported.map(({ name }) => name));
    expect(
      Object.keys(reasons).filter((name) => !names.has(name)),
      'excused, and not exported',
    ).toEqual([]);
  });
}

/** Why the exports of all packages that come from `@tapehead/core` are not called again. */
export const fromCore = {
  isTapeheadError: 'of @tapehead/core, called there',
  TapeheadError: 'of @tapehead/core: the class of errors',
} as const;
