import { expectClose, onEachEngine } from '@tapehead/testing';
import {
  fill,
  mul,
  type Rank,
  randomUniform,
  softmax,
  sum,
  type Tensor,
  type Tensor3D,
  tensor2d,
  tensor3d,
  tidy,
  variable,
  variableGrads,
  zeros,
} from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { registerFused } from './fused.js';
import { address, headParameters } from './index.js';
import { kernelNames } from './testing/kernelNames.js';

/** A sum of N weights, each rounded to 6e-8 of itself. */
const sumTolerance = 1e-6;

function expectDistributions(weights: Tensor): void {
  expect(Math.min(...weights.dataSync())).toBeGreaterThanOrEqual(0);
  expectClose(sum(weights, -1), fill(weights.shape.slice(0, -1), 1), sumTolerance);
}

const random = (shape: [number, number, number], reach: number, seed: number): Tensor3D =>
  randomUniform<Rank.R3>(shape, -reach, reach, 'float32', seed);

onEachEngine('a weighting is a distribution', { registerFused, kernelNames }, () => {
  test('for whatever raw numbers a net gives', () => {
    const settings = fc.record({
      seed: fc.integer({ min: 1, max: 1e6 }),
      batch: fc.integer({ min: 1, max: 3 }),
      heads: fc.integer({ min: 1, max: 3 }),
      rows: fc.integer({ min: 5, max: 20 }),
      memoryDim: fc.integer({ min: 1, max: 6 }),
      shifts: fc.constantFrom(1, 3, 5),
      reach: fc.constantFrom(0.1, 1, 30, 1000),
    });
    fc.assert(
      fc.property(settings, ({ seed, batch, heads, rows, memoryDim, shifts, reach }) => {
        tidy(() => {
          const width = heads * (memoryDim + shifts + 3);
          const raw = randomUniform<Rank.R2>([batch, width], -reach, reach, 'float32', seed);
          const memory = random([batch, rows, memoryDim], 1, seed + 1);
          const previous = softmax(random([batch, heads, rows], 9, seed + 2));
          expectDistributions(address(headParameters(raw, { memoryDim, shifts }), memory, previous));
        });
      }),
      { seed: 11, numRuns: 40 },
    );
  });

  const oneHots = () => tensor3d([[[1, 0, 0, 0, 0, 0, 0, 0, 0]], [[0, 0, 0, 0, 0, 0, 0, 0, 1]]]);

  test.each([
    { name: 'β and γ at 1e3', beta: 1e3, gamma: 1e3, memory: 'random', previous: 'random' },
    { name: 'zero memory', beta: 1e3, gamma: 1, memory: 'zero', previous: 'random' },
    { name: 'one-hot weights', beta: 1, gamma: 1e3, memory: 'random', previous: 'one-hot' },
    { name: 'all of these at once', beta: 1e3, gamma: 1e3, memory: 'zero', previous: 'one-hot' },
  ])('and its gradients are finite: $name', ({ beta, gamma, memory, previous }) => {
    tidy(() => {
      const head = {
        key: variable(random([2, 1, 4], 1, 1)),
        beta: variable(tensor2d([[beta], [beta]])),
        gate: variable(tensor2d([[0], [1]])),
        shift: variable(tensor3d([[[1, 0, 0]], [[0.2, 0.5, 0.3]]])),
        gamma: variable(tensor2d([[gamma], [gamma]])),
      };
      const rows = variable(memory === 'zero' ? zeros<Rank.R3>([2, 9, 4]) : random([2, 9, 4], 1, 2));
      const before = variable(previous === 'one-hot' ? oneHots() : softmax(random([2, 1, 9], 5, 3)));
      const inputs = [...Object.values(head), rows, before];
      expectDistributions(address(head, rows, before));
      const { grads } = variableGrads(
        () => sum(mul(address(head, rows, before), random([2, 1, 9], 1, 4))),
        inputs,
      );
      expect(Object.values(grads)).toHaveLength(inputs.length);
      for (const gradient of Object.values(grads)) {
        expect(Array.from(gradient.dataSync()).filter((value) => !Number.isFinite(value))).toEqual([]);
      }
      for (const input of inputs) input.dispose();
    });
  });
});
