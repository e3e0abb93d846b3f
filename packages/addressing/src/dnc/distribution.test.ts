import { expectClose, onEachBackend } from '@tapehead/testing';
import {
  add,
  mul,
  sum,
  type Tensor,
  type Tensor3D,
  tensor2d,
  tidy,
  variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { allocationWeighting } from '../dnc.js';
import { beforeAnything, dncStep, randomRaw } from '../testing/dncStep.js';

/** A sum of N weights, each rounded to 6e-8 of itself, over some steps. */
const sumTolerance = 1e-5;

/** All between 0 and 1, and no sum over the last axis above 1. */
function expectShares(weights: Tensor): void {
  expectBetween0And1(weights);
  expectBetween0And1(sum(weights, -1));
}

function expectBetween0And1(numbers: Tensor): void {
  for (const value of numbers.dataSync()) {
    expect(value).toBeGreaterThanOrEqual(-sumTolerance);
    expect(value).toBeLessThanOrEqual(1 + sumTolerance);
  }
}

const zeroOn = (links: Tensor3D): boolean =>
  links.arraySync().every((matrix) => matrix.every((row, i) => row[i] === 0));

onEachBackend('the weightings of a DNC', () => {
  test('share out at most 1, for whatever raw numbers a net gives, step after step', () => {
    const settings = fc.record({
      seed: fc.integer({ min: 1, max: 1e6 }),
      batch: fc.integer({ min: 1, max: 2 }),
      heads: fc.integer({ min: 1, max: 3 }),
      rows: fc.integer({ min: 1, max: 9 }),
      reach: fc.constantFrom(0.1, 1, 30, 1000),
    });
    fc.assert(
      fc.property(settings, ({ seed, batch, heads, rows, reach }) => {
        tidy(() => {
          let state = beforeAnything(batch, heads, rows);
          for (let time = 0; time < 6; time++) {
            state = dncStep(randomRaw({ batch, heads, rows, reach }, 10 * seed + time), state);
            expectBetween0And1(state.usage);
            for (const each of [state.writeWeights, state.precedence, state.readWeights]) expectShares(each);
            expectShares(state.links);
            expectBetween0And1(sum(state.links, 1));
            expect(zeroOn(state.links)).toBe(true);
          }
        });
      }),
      { seed: 17, numRuns: 20 },
    );
  });

  test('allocation gives away what is left: it sums to 1 − Π u, for whatever usage', () => {
    const usage = fc.constantFrom(0, 1e-38, 1e-20, 0.25, 0.5, Math.fround(0.999999), 1);
    const usages = fc.array<number>(usage, { minLength: 1, maxLength: 17 });
    fc.assert(
      fc.property(usages, (row) => {
        tidy(() => {
          const allocation = allocationWeighting(tensor2d([row]));
          expectShares(allocation);
          expectClose(sum(allocation), 1 - row.reduce((product, u) => product * u, 1), sumTolerance);
        });
      }),
      { seed: 19, numRuns: 50 },
    );
  });

  test.each([
    { name: 'nothing is in use', usage: [0, 0, 0, 0, 0] },
    { name: 'all is in use', usage: [1, 1, 1, 1, 1] },
    { name: 'all is in use alike', usage: [0.5, 0.5, 0.5, 0.5, 0.5] },
    { name: 'each row is in use or not', usage: [1, 0, 1, 0, 0] },
  ])('have finite gradients where $name', ({ usage }) => {
    tidy(() => {
      const start = { ...beforeAnything(1, 2, 5), usage: variable(tensor2d([usage])) };
      const drawn = randomRaw({ batch: 1, heads: 2, rows: 5, reach: 1000 }, 1);
      const raw = {
        freeGate: variable(drawn.freeGate),
        writeGate: variable(drawn.writeGate),
        allocationGate: variable(drawn.allocationGate),
        writeContent: variable(drawn.writeContent),
        modes: variable(drawn.modes),
        readContent: variable(drawn.readContent),
      };
      const inputs = [start.usage, ...Object.values(raw)];
      const { grads } = variableGrads(() => {
        const { usage, readWeights } = dncStep(raw, dncStep(raw, dncStep(raw, start)));
        return sum(mul(add(sum(readWeights, 1), usage), tensor2d([[1, -2, 3, -4, 5]])));
      }, inputs);
      expect(Object.values(grads)).toHaveLength(inputs.length);
      for (const gradient of Object.values(grads)) {
        expect(Array.from(gradient.dataSync()).filter((value) => !Number.isFinite(value))).toEqual([]);
      }
      for (const input of inputs) input.dispose();
    });
  });
});
