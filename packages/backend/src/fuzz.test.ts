import { appendFileSync } from 'node:fs';
import { isTapeheadError } from '@tapehead/core';
import { getBackend } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import * as index from './index.js';
import { useBackend } from './useBackend.js';

/** `FUZZ_RUNS` makes more calls, `FUZZ_SEED` others. */
const numRuns = Number(process.env.FUZZ_RUNS ?? 200);
const seed = Number(process.env.FUZZ_SEED ?? 13);

const wasm = [
  'tfjs-backend-wasm.wasm',
  'tfjs-backend-wasm-simd.wasm',
  'tfjs-backend-wasm-threaded-simd.wasm',
];
const odd = fc.oneof(
  fc.constantFrom<unknown>(
    Symbol('odd'),
    3n,
    Number.NaN,
    -1,
    1.5,
    '',
    'tpu',
    '\u0007',
    'x'.repeat(1000),
    () => 1,
    new Map(),
  ),
  fc.anything(),
);
const choices = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom<unknown>('cpu', undefined, 'auto') },
  { weight: 1, arbitrary: odd },
);
const paths = fc.oneof(
  fc.dictionary(fc.constantFrom(...wasm, 'other.wasm', '\u0007'), fc.oneof(fc.constantFrom('/a', ''), odd)),
  odd,
);
const options = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom<unknown>(undefined, {}, { batch: 1 }, { batch: 8 }) },
  { weight: 2, arbitrary: fc.record({ batch: fc.oneof(fc.constantFrom(1, 63), odd) }) },
  { weight: 2, arbitrary: fc.record({ wasmPaths: paths }) },
  { weight: 1, arbitrary: odd },
);
/** A GPU is not looked for, and wasm is started where tfjs finds its own files. */
const isSmall = ([, given]: readonly [unknown, unknown]): boolean => {
  const { batch, wasmPaths } = Object(given);
  return !(Number.isSafeInteger(batch) && batch >= 64) && (wasmPaths === undefined || !isPaths(wasmPaths));
};
const isPaths = (given: unknown): boolean =>
  (typeof given === 'string' && given !== '') ||
  (typeof given === 'object' &&
    given !== null &&
    wasm
      .slice(0, 2)
      .every((name) => typeof Reflect.get(given, name) === 'string' && Reflect.get(given, name) !== ''));

it(`useBackend: ${numRuns} random calls`, async () => {
  const counts = { results: 0, refusals: 0 };
  const property = fc.asyncProperty(fc.tuple(choices, options).filter(isSmall), async (args) => {
    const outcome: unknown = await Promise.resolve(Reflect.apply(useBackend, undefined, args)).catch(
      (error: unknown) => error,
    );
    if (!(outcome instanceof Error)) {
      expect(outcome).toMatchObject({ backend: getBackend() });
      counts.results++;
      return;
    }
    expect(isTapeheadError(outcome), outcome.stack).toBe(true);
    expect(outcome.message).toMatch(/^(backend|useBackend|batch|wasmPaths): [^\p{Cc}]{5,400}$/u);
    counts.refusals++;
  });
  await fc.assert(property, { seed, numRuns });
  expect(Math.min(counts.results, counts.refusals), JSON.stringify(counts)).toBeGreaterThan(0);
  const file = process.env.FUZZ_TOTALS;
  if (file !== undefined)
    appendFileSync(file, `${JSON.stringify({ kind: 'calls', name: 'useBackend', counts })}\n`);
}, 3_600_000);

it('no other function is exported', () => {
  const functions = Object.entries(index).flatMap(([name, each]) =>
    typeof each === 'function' ? [name] : [],
  );
  expect(functions.sort()).toEqual(['TapeheadError', 'isTapeheadError', 'useBackend']);
});
