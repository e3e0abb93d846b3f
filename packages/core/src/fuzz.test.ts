import '@tensorflow/tfjs-backend-cpu';
import { memory, ones, scalar, setBackend, type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import * as index from './index.js';
import { asCube, asMatrix, isTapeheadError } from './index.js';
import { recordCalls } from './testing/totals.js';

/** `FUZZ_RUNS` makes more calls, `FUZZ_SEED` others. */
const numRuns = Number(process.env.FUZZ_RUNS ?? 200);
const seed = Number(process.env.FUZZ_SEED ?? 13);

beforeAll(() => setBackend('cpu'));

const disposed = (): Tensor => {
  const gone = scalar(1);
  gone.dispose();
  return gone;
};

/** Anything, tensors and what cannot be printed among it. It is made in a tidy. */
const anything: fc.Arbitrary<() => unknown> = fc.oneof(
  fc
    .anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withTypedArray: true,
      withNullPrototype: true,
      withSparseArray: true,
    })
    .map((given) => () => given),
  fc.constantFrom(
    () => Symbol('odd'),
    () => () => 1,
    () => disposed(),
    () => tensor(['a']),
    () => ones([2, 3]),
    () => ones([1, 2, 3]),
    () => ones([0]),
    () => [[1], [2, 3]],
    () => new DataView(new ArrayBuffer(8)),
    () => ({
      toString: () => {
        throw new Error('no text');
      },
    }),
  ),
);
const numbers: fc.Arbitrary<() => unknown> = fc.oneof(
  fc
    .constantFrom(0, 0.5, 1, 3, -1, 2 ** 53, 1e300, Number.NaN, Number.POSITIVE_INFINITY)
    .map((given) => () => given),
  fc.double().map((given) => () => given),
);
const floats: fc.Arbitrary<() => unknown> = fc.oneof(
  fc.array(fc.float(), { maxLength: 4 }).map((given) => () => given),
  fc.constant(() => ones([2, 3], 'int32')),
);

/** What is called with one argument of these, and what a message begins with. */
interface Called {
  readonly call: (given: never) => unknown;
  readonly good: fc.Arbitrary<() => unknown>;
  /** Default: anything. */
  readonly bad?: fc.Arbitrary<() => unknown>;
  readonly names?: readonly string[];
}

const texts = fc.string().map((given) => () => given);
const engines = fc.constantFrom('auto', 'reference').map((given) => () => given);
const engineObjects = fc.constantFrom({}, { engine: 'auto' }, { engin: 1 }).map((given) => () => given);
const op = { name: 'None', version: '1.0.0', module: 'nowhere' };

const table: Readonly<Record<string, Called>> = {
  checkTensor: { call: (x) => index.checkTensor('x', x), good: fc.constant(() => ones([2])) },
  floatsOf: { call: (x) => index.floatsOf('x', x), good: floats },
  floatsOfShape: { call: (x) => index.floatsOfShape('x', x, ['rows', 3]), good: floats },
  checkShape: { call: (x: Tensor) => index.checkShape('x', index.floatsOf('x', x), [2, 3]), good: floats },
  checkAbove: { call: (x) => index.checkAbove('x', x, 0), good: numbers },
  checkFinite: { call: (x) => index.checkFinite('x', x), good: numbers },
  checkFraction: { call: (x) => index.checkFraction('x', x), good: numbers },
  checkInteger: { call: (x) => index.checkInteger('x', x, 0, 5), good: numbers },
  checkWithin: { call: (x) => index.checkWithin('x', x, 0, 1), good: numbers },
  checkFunction: { call: (x) => index.checkFunction('x', x), good: fc.constant(() => () => 1) },
  checkObject: { call: (x) => index.checkObject('x', x, '{ a }'), good: fc.constant(() => ({})) },
  checkOneOf: { call: (x) => index.checkOneOf<string>('x', x, ['a', 'b']), good: fc.constant(() => 'a') },
  checkOptions: { call: (x) => index.checkOptions('x', x, ['a']), good: fc.constant(() => ({ a: 1 })) },
  checkRoom: { call: (x) => index.checkRoom('x', x, 'take less'), good: numbers, bad: numbers },
  checkEngine: { call: (x) => index.checkEngine(x), good: engines, names: ['engine'] },
  engineOption: { call: (x) => index.engineOption('x', x), good: engineObjects, names: ['x', 'engine'] },
  kernelFor: {
    call: (x) => index.kernelFor(x, op, []),
    good: engines,
    bad: fc.constant(() => 'fused'),
    names: ['engine'],
  },
  stepsTaken: {
    call: (lengths) => index.stepsTaken('x', { lengths }, { batch: 2, time: 3 }, 1),
    good: fc
      .array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 3 })
      .map((given) => () => given),
    names: ['lengths'],
  },
  asMatrix: { call: (x) => asMatrix(x), good: fc.constant(() => ones([1, 2])), names: ['tensor'] },
  asCube: { call: (x) => asCube(x), good: fc.constant(() => ones([1, 2, 3])), names: ['tensor'] },
};

/** What takes anything, and never throws. */
const harmless: Readonly<Record<string, Called>> = {
  textOf: { call: (x) => index.textOf(x), good: anything },
  printable: { call: (x) => index.printable(x), good: texts },
  suggestion: { call: (x) => index.suggestion(x, ['memorySize', 'a']), good: texts },
  isTapeheadError: { call: (x) => isTapeheadError(x), good: anything },
  firstOrder: { call: (x) => index.firstOrder('x', x), good: fc.constant(() => ones([2])) },
};

const excused: Readonly<Record<string, string>> = {
  TapeheadError: 'the class of errors',
  kernelName: 'takes an op that a package declares, not what a user gives',
  obstacleToWebAssembly: 'takes nothing',
  roomLeft: 'takes nothing',
};

describe('whatever the checks are called with', () => {
  for (const [name, { call, good, bad = anything, names = ['x'] }] of Object.entries(table)) {
    it(`${name}: ${numRuns} random calls`, () => {
      const counts = { results: 0, refusals: 0 };
      const property = fc.property(fc.oneof(good, bad), (make) => {
        const before = memory().numTensors;
        const error = inScope(() => thrown(call, make()));
        expect(memory().numTensors).toBe(before);
        counts[error === undefined ? 'results' : 'refusals']++;
        if (error === undefined) return;
        const { message, stack } = error instanceof Error ? error : new Error(String(error));
        expect(isTapeheadError(error), stack).toBe(true);
        expect(
          names.some(
            (each) =>
              message.startsWith(`${each}:`) ||
              message.startsWith(`${each} `) ||
              message.startsWith(`${each}[`),
          ),
          message,
        ).toBe(true);
        expect(message).toMatch(/^[^\p{Cc}]{5,400}$/u);
      });
      fc.assert(property, { seed, numRuns });
      expect(Math.min(counts.results, counts.refusals), JSON.stringify(counts)).toBeGreaterThan(0);
      recordCalls(name, counts);
    });
  }

  for (const [name, { call, good }] of Object.entries(harmless)) {
    it(`${name}: ${numRuns} random calls`, () => {
      const property = fc.property(good, (make) => {
        expect(inScope(() => thrown(call, make()))).toBeUndefined();
      });
      fc.assert(property, { seed, numRuns });
      recordCalls(name, { results: numRuns, refusals: 0 });
    });
  }

  it('every exported function is called, or has a reason why not', () => {
    const exported = Object.entries(index).flatMap(([name, each]) =>
      typeof each === 'function' ? [name] : [],
    );
    const known = Object.keys({ ...table, ...harmless, ...excused });
    expect(known.sort()).toEqual(exported.sort());
  });
});

/** What a call throws. What it gives is the tidy's. */
function thrown(call: Called['call'], given: unknown): unknown {
  try {
    Reflect.apply(call, undefined, [given]);
    return undefined;
  } catch (error) {
    return error ?? new Error('it threw nothing');
  }
}

/** In a tidy: what is made goes with it. */
function inScope<T>(work: () => T): T | undefined {
  let result: T | undefined;
  tidy(() => {
    result = work();
  });
  return result;
}
