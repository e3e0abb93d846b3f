import { describe, expect, it } from 'vitest';
import { modelNames } from '../models.js';
import { idOf, nameOf } from './folder.js';
import type { RunFile } from './format.js';
import { type Plan, planOf, type Wanted } from './plan.js';

const everything = { tasks: ['copy', 'ngrams'], models: modelNames, out: 'runs' };

function plansOf(wanted: Partial<Wanted>, stored: readonly Plan[] = []): Plan[] {
  const runs = stored.map((plan): [string, RunFile] => {
    const cost = { name: 'sigmoid-cross-entropy', unit: 'bits' };
    return [nameOf(idOf(plan)), { ...plan, cost, parameters: 1, sittings: [] }];
  });
  return planOf({ tasks: [], flags: {}, ...wanted }, new Map(runs), everything);
}

const namesOf = (plans: readonly Plan[]) => plans.map((plan) => nameOf(idOf(plan)));

describe('a plan', () => {
  it('is three seeds of every model on every task, where nobody says otherwise', () => {
    expect(plansOf({})).toHaveLength(2 * 3 * 3);
  });

  it('begins with the first seed of each, so that whoever stops early has one of each', () => {
    const plans = plansOf({ tasks: ['copy'], models: ['lstm', 'ntm-lstm'], seeds: 2, firstSeed: 7 });
    expect(namesOf(plans)).toEqual([
      'copy-lstm-seed7',
      'copy-ntm-lstm-seed7',
      'copy-lstm-seed8',
      'copy-ntm-lstm-seed8',
    ]);
  });

  it('takes the number of sequences of the table, or the one that was asked for', () => {
    const one = { tasks: ['ngrams'], models: ['lstm'], seeds: 1 } as const;
    expect(plansOf(one).map(({ target }) => target)).toEqual([100_000]);
    expect(plansOf({ ...one, sequences: 5 }).map(({ target }) => target)).toEqual([5]);
  });

  it('leaves flags of the memory to models that have one', () => {
    const flags = { memorySize: 9, readHeads: 2, writeHeads: 3, shifts: 5 };
    const plans = plansOf({ tasks: ['copy'], seeds: 1, flags });
    expect(
      plans.map(({ recipe: { readHeads, writeHeads, shifts } }) => [readHeads, writeHeads, shifts]),
    ).toEqual([
      [undefined, undefined, 3],
      [2, 3, 5],
      [2, 3, 5],
    ]);
    expect(plans.map(({ recipe }) => [recipe.model, recipe.memorySize])).toEqual([
      ['lstm', 128],
      ['ntm-feedforward', 9],
      ['ntm-lstm', 9],
    ]);
  });
});

describe('a plan that goes on', () => {
  const stored = plansOf({ tasks: ['copy'], models: ['ntm-lstm'], seeds: 2, sequences: 50 });

  it('has the runs that are there, with their targets', () => {
    expect(plansOf({}, stored)).toEqual(stored);
  });

  it('raises their targets', () => {
    expect(plansOf({ sequences: 90 }, stored).map(({ target }) => target)).toEqual([90, 90]);
  });

  it('adds what was named: a third seed, another task', () => {
    expect(namesOf(plansOf({ seeds: 3 }, stored))).toEqual([
      'copy-ntm-lstm-seed1',
      'copy-ntm-lstm-seed2',
      'copy-ntm-lstm-seed3',
    ]);
    expect(namesOf(plansOf({ tasks: ['ngrams'] }, stored))).toEqual([
      'ngrams-ntm-lstm-seed1',
      'ngrams-ntm-lstm-seed2',
    ]);
  });

  it('keeps the recipe that a run was begun with, whatever the table says by now', () => {
    const before = stored.map((plan) => ({ ...plan, recipe: { ...plan.recipe, learningRate: 0.5 } }));
    expect(plansOf({}, before)).toEqual(before);
  });

  it('refuses a flag that says otherwise, and names it', () => {
    expect(() => plansOf({ flags: { learningRate: 0.5 } }, stored)).toThrow(
      '--resume: copy-ntm-lstm-seed1 was begun with other settings: learningRate 0.5 (it has 0.0002)',
    );
  });
});
