import { expectSameOdd, oddNumbers, onEachBackend } from '@tapehead/testing';
import { square, sub, type Tensor, tensor1d, tidy } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { globalNorm } from './clip.js';
import { fusedGravesStep } from './fused/kernels.js';
import { registerFused } from './fused.js';
import { gravesStep } from './gravesStep.js';

const settings = { learningRate: 0.01, decay: 0.95, momentum: 0.9, epsilon: 1e-4 };
const unlimited = { scale: 1, bound: Number.POSITIVE_INFINITY };
const usual = fc.double({ min: -2, max: 2, noNaN: true });
const odd = fc.oneof(fc.constantFrom(...oddNumbers), usual);
/**
 * Moments whose squares are finite. n − ḡ² of two infinities is a NaN whose sign bit is set, which relu of tfjs's wasm
 * backend takes for a negative number; the kernel keeps it.
 */
const moment = fc.oneof(fc.constantFrom(...oddNumbers.filter((each) => !(Math.abs(each) > 1e10))), usual);
const rows = fc.array(fc.tuple(odd, moment, moment, moment, odd), { minLength: 1, maxLength: 11 });
const column = (table: readonly (readonly number[])[], i: number): Tensor =>
  tensor1d(table.map((row) => row[i] ?? 0));

onEachBackend("odd numbers in Graves's RMSProp and the norm", () => {
  beforeAll(registerFused);

  test('parameters are NaN where the equations give NaN, and theirs where they are finite', () => {
    fc.assert(
      fc.property(rows, (table) => {
        tidy(() => {
          const [parameter, gradient, n, gBar, delta] = [0, 1, 2, 3, 4].map((i) => column(table, i));
          if (!parameter || !gradient || !n || !gBar || !delta) throw new Error('five columns');
          const moments = { n: square(n), gBar, delta };
          const next = gravesStep(moments, gradient, settings);
          const wanted = sub(parameter, sub(0, next.delta));
          const [own] = fusedGravesStep([{ parameter, gradient, moments }], settings, unlimited);
          expectSameOdd(own ?? wanted, wanted, 1e-5, JSON.stringify(table));
          expectSameOdd(moments.delta, next.delta, 1e-5, `delta ${JSON.stringify(table)}`);
        });
      }),
      { seed: 5, numRuns: 300 },
    );
  }, 60_000);

  test('a bound does not turn NaN into a number', () => {
    tidy(() => {
      const [parameter, gradient] = [tensor1d([1, 1, 1, 1, 1]), tensor1d([Number.NaN, 1, 1, 1, Number.NaN])];
      const moments = {
        n: tensor1d([0, 0, 0, 0, 0]),
        gBar: tensor1d([0, 0, 0, 0, 0]),
        delta: tensor1d([0, 0, 0, 0, 0]),
      };
      const [next] = fusedGravesStep([{ parameter, gradient, moments }], settings, { scale: 1, bound: 10 });
      const finite = Array.from(next?.dataSync() ?? [], Number.isFinite);
      expect(finite).toEqual([false, true, true, true, false]);
    });
  });

  test('the norm is NaN for NaN at any place, and infinite for an infinity', () => {
    const at = fc.record({ length: fc.integer({ min: 1, max: 2100 }), place: fc.nat() });
    fc.assert(
      fc.property(at, fc.boolean(), ({ length, place }, infinite) => {
        const values = new Float32Array(length).fill(1);
        values[place % length] = infinite ? Number.NEGATIVE_INFINITY : Number.NaN;
        const [norm] = tidy(() => globalNorm({ a: tensor1d([1]), b: tensor1d(values) })).dataSync();
        expect(norm).toBe(infinite ? Number.POSITIVE_INFINITY : Number.NaN);
      }),
      { seed: 5, numRuns: 100 },
    );
  });
});
