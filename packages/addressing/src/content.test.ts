import { expectClose, onEachBackend } from '@tapehead/testing';
import {
  abs,
  div,
  expandDims,
  grads,
  matMul,
  max,
  maximum,
  mul,
  type Rank,
  randomUniform,
  softmax,
  sqrt,
  square,
  sum,
  type Tensor,
  tensor2d,
  tensor3d,
  tidy,
} from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { test } from 'vitest';
import { contentAddressing } from './index.js';

/** Rows of unit length, clamped at 1e-8, by tfjs ops and their own gradients. */
function normalize(x: Tensor): Tensor {
  const small = div(x, maximum(max(abs(x), -1, true), 1));
  return div(small, sqrt(maximum(sum(square(small), -1, true), 1e-16)));
}

const composed = (key: Tensor, memory: Tensor, beta: Tensor): Tensor =>
  softmax(mul(expandDims(beta, 2), matMul(normalize(key), normalize(memory), false, true)));

type Content = (key: Tensor, memory: Tensor, beta: Tensor) => Tensor;
const uniform = (shape: [number, number, number], seed: number) =>
  randomUniform<Rank.R3>(shape, -1, 1, 'float32', seed);

onEachBackend('content addressing', () => {
  test('equals the softmax of normalized rows and keys, whatever the sizes and lengths', () => {
    const cases = fc.record({
      seed: fc.nat(1000),
      batch: fc.integer({ min: 1, max: 3 }),
      heads: fc.integer({ min: 1, max: 3 }),
      rows: fc.integer({ min: 1, max: 9 }),
      // Of one column all cosines are 1 or −1, and what is left of their gradients is rounding.
      width: fc.integer({ min: 3, max: 9 }),
      // Of each the length and, in one, whether there is a row of zeros.
      lengthOfKey: fc.constantFrom(0, 1e-9, 0.01, 1, 1000),
      lengthOfRows: fc.constantFrom(1e-9, 0.01, 1, 1000),
      hole: fc.boolean(),
    });
    fc.assert(
      fc.property(cases, ({ seed, batch, heads, rows, width, lengthOfKey, lengthOfRows, hole }) => {
        tidy(() => {
          const whole = uniform([batch, rows, 1], seed);
          const memory = mul(uniform([batch, rows, width], seed + 1), lengthOfRows);
          const given = [
            mul(uniform([batch, heads, width], seed + 2), lengthOfKey),
            hole ? mul(memory, maximum(whole, 0)) : memory,
            abs(sum(uniform([batch, heads, 1], seed + 3), 2)),
          ];
          const along = uniform([batch, heads, rows], seed + 4);
          const [key = along, of = along, beta = along] = given;
          expectClose(contentAddressing(key, of, beta), composed(key, of, beta), 1e-6);
          const slopes = (content: Content) =>
            grads((k: Tensor, m: Tensor, b: Tensor) => sum(mul(content(k, m, b), along)))(given);
          const wanted = slopes(composed);
          for (const [i, slope] of slopes(contentAddressing).entries()) {
            expectClose(slope, wanted[i] ?? 0, 1e-4);
          }
        });
      }),
      { seed: 37, numRuns: 100 },
    );
  });

  test('takes keys and rows whose squares overflow', () => {
    tidy(() => {
      const memory = tensor3d([1e30, 0, 0, -3e37, 1e25, 1e25, 0, 0], [1, 4, 2]);
      const found = contentAddressing(tensor2d([[2e38, 2e38]]), memory, 1);
      const root = Math.SQRT1_2;
      expectClose(found, softmax(tensor2d([[root, -root, 1, 0]])), 1e-6);
    });
  });
});
