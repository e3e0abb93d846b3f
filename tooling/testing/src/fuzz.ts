import { isTapeheadError } from '@tapehead/core';
import { memory, type Tensor } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { relativeError } from './close.js';
import { rememberFuzzed } from './fuzz/exports.js';
import { type Given, tensorsIn } from './fuzz/given.js';
import { recordTotals } from './fuzz/totals.js';

/** A function, and what it is called with. */
export interface Fuzzed {
  /** What the message of an error may begin with beside the function's name: its arguments and their fields. */
  readonly names: readonly string[];
  /** The arguments of a call, valid and invalid ones mixed. */
  readonly args: fc.Arbitrary<readonly Given[]>;
  readonly call: (...args: never[]) => unknown;
  /** What must come to the same for the same arguments, in value and in error: the function on another engine. */
  readonly same?: (...args: never[]) => unknown;
  /** How far `call` and `same` may differ, relative to the largest number. Default 1e-3: float32 through powers and sums. */
  readonly tolerance?: number;
  /** What must occur among the calls. Default `both`: a function that refuses everything, or nothing, is not tested. */
  readonly outcomes?: 'both' | 'refusals' | 'results';
}

/** `FUZZ_RUNS` makes more calls, `FUZZ_SEED` others. */
const runs = Number(process.env.FUZZ_RUNS ?? 200);
const seed = Number(process.env.FUZZ_SEED ?? 13);

/**
 * Declares a test of random calls for each function, which may return a promise. Whatever it is called with, it throws a
 * TapeheadError that begins with the name of an argument, or gives what `same` gives, and no NaN where all arguments are
 * plain. It leaves no tensor behind.
 */
export function fuzz(table: Readonly<Record<string, Fuzzed>>): void {
  for (const [name, fuzzed] of Object.entries(table)) {
    rememberFuzzed(name);
    test(`${name}: ${runs} random calls`, async () => {
      const counts = { results: 0, refusals: 0 };
      const property = fc.asyncProperty(fuzzed.args, async (args) => {
        counts[await runOnce(name, fuzzed, args)]++;
      });
      await fc.assert(property, { seed, numRuns: runs });
      const { outcomes = 'both' } = fuzzed;
      const wanted = outcomes === 'both' ? Object.values(counts) : [counts[outcomes]];
      expect(Math.min(...wanted), JSON.stringify(counts)).toBeGreaterThan(0);
      recordTotals('calls', name, counts);
    }, 3_600_000);
  }
}

async function runOnce(
  name: string,
  fuzzed: Fuzzed,
  args: readonly Given[],
): Promise<'results' | 'refusals'> {
  const before = memory().numTensors;
  const made = args.map(({ make }) => make());
  // A call may replace what stands in its arguments.
  const own = tensorsIn(made);
  const plain = args.every((arg) => arg.plain);
  const outcome = await outcomeOf(fuzzed.call, made);
  expectRefusal(outcome, [name, ...fuzzed.names]);
  if (plain) expect(outcome.numbers.some(Number.isNaN), 'a NaN').toBe(false);
  if (fuzzed.same) {
    expectSameOutcome(outcome, await outcomeOf(fuzzed.same, made), plain, fuzzed.tolerance ?? 1e-3);
  }
  disposeAll(own.filter(({ isDisposed }) => !isDisposed));
  expect(memory().numTensors, 'tensors left behind').toBe(before);
  return outcome.error === undefined ? 'results' : 'refusals';
}

interface Outcome {
  readonly error?: unknown;
  readonly numbers: readonly number[];
  readonly shapes: readonly string[];
}

/** What a call comes to: what is new in its result is read, and disposed. */
async function outcomeOf(call: Fuzzed['call'], args: readonly unknown[]): Promise<Outcome> {
  try {
    const given = new Set(tensorsIn(args));
    const result: unknown = await Reflect.apply(call, undefined, args);
    const all = tensorsIn(result);
    const tensors = [...new Set(all)].filter((tensor) => !given.has(tensor));
    const numbers = [...numbersIn(result), ...tensors.flatMap((tensor) => Array.from(tensor.dataSync()))];
    const shapes = tensors.map(({ shape }) => `[${shape.join(', ')}]`);
    disposeAll(tensors);
    return { numbers, shapes };
  } catch (error) {
    return { error, numbers: [], shapes: [] };
  }
}

/** The numbers of a result that is a number, or a list of numbers. */
function numbersIn(result: unknown): number[] {
  const all: unknown[] =
    Array.isArray(result) || ArrayBuffer.isView(result) ? Object.values(result) : [result];
  return all.filter((each) => typeof each === 'number');
}

function disposeAll(tensors: readonly Tensor[]): void {
  for (const tensor of tensors) tensor.dispose();
}

function expectRefusal({ error }: Outcome, names: readonly string[]): void {
  if (error === undefined) return;
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  expect(isTapeheadError(error), `a raw error: ${stack}`).toBe(true);
  const begins = names.some((each) => message.startsWith(each) && !/^\w/.test(message.slice(each.length)));
  expect(begins, `'${message}' begins with none of ${names.join(', ')}`).toBe(true);
  expect(message.length, message).toBeLessThan(400);
}

function expectSameOutcome(own: Outcome, other: Outcome, plain: boolean, tolerance: number): void {
  expect(String(other.error), 'the error of the other engine').toBe(String(own.error));
  expect(other.shapes).toEqual(own.shapes);
  if (!plain || own.error !== undefined) return;
  expect(relativeError([...other.numbers], [...own.numbers])).toBeLessThan(tolerance);
}
