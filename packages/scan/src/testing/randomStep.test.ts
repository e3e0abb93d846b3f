import { setImmediate } from 'node:timers/promises';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js';
import { recordTotals } from '@tapehead/testing';
import { engine, setBackend } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { randomStep } from './randomStep.js';
import { verifyStep } from './verifyStep.js';

/** `FUZZ_STEPS` makes more steps, `FUZZ_SEED` others. */
const count = Number(process.env.FUZZ_STEPS ?? 200);
const seed = Number(process.env.FUZZ_SEED ?? 13);

beforeAll(async () => void (await setBackend('cpu')));

test(`${count} random steps give the same values and gradients compiled as in a loop`, async () => {
  const counts = { 'the same': 0, 'left out': 0 };
  const property = fc.asyncProperty(randomStep, async (random) => {
    // Vitest's worker must answer now and then.
    await setImmediate();
    const scope = engine();
    scope.startScope();
    try {
      counts[verifyStep(random)]++;
    } finally {
      scope.endScope();
    }
  });
  await fc.assert(property, { seed, numRuns: count });
  expect(counts['left out'], JSON.stringify(counts)).toBeLessThan(count / 10);
  recordTotals('recurrent steps', 'scan', counts);
}, 3_600_000);
