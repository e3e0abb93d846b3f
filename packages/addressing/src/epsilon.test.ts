import { expectClose, onEachBackend, valueTolerance } from '@tapehead/testing';
import {
  grads,
  mul,
  type Rank,
  type Scalar,
  sum,
  type Tensor,
  tensor2d,
  tensor3d,
  zeros,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { registerFused } from './fused.js';
import { address, addressingStages, sharpen } from './index.js';

/** `w^γ / (Σ w^γ + ε)` in float64. */
function slowly(weights: readonly number[], gamma: number, epsilon: number): number[] {
  const powers = weights.map((weight) => weight ** gamma);
  const total = powers.reduce((a, b) => a + b) + epsilon;
  return powers.map((power) => power / total);
}

const numbers = (tensor: Tensor): number[] => [...tensor.dataSync()];

onEachBackend('sharpening beside an epsilon', () => {
  beforeAll(registerFused);

  test.each([
    [[0.5, 0.25, 0.25], 2, 0.1],
    [[0.5, 0, 0.5], 1, 1],
    [[1e-9, 2e-9, 0], 2, 1e-16],
    [[3e-6, 1e-5, 2e-5], 3, 1e-16],
    [[1e-20, 0, 0], 1.5, 1e-16],
  ])('of %j with gamma %f and epsilon %f equals the powers in float64', (weights, gamma, epsilon) => {
    const sharp = sharpen(tensor2d([weights]), gamma, { epsilon });
    expectClose(sharp, slowly(weights, gamma, epsilon), valueTolerance);
  });

  describe('of a weighting of zeros', () => {
    test('is zeros, with slopes of zero; without epsilon it is uniform', () => {
      const none = zeros<Rank.R2>([1, 4]);
      expect(numbers(sharpen(none, 2, { epsilon: 1e-16 }))).toEqual([0, 0, 0, 0]);
      expectClose(sharpen(none, 2), [0.25, 0.25, 0.25, 0.25], valueTolerance);
      const cost = (weights: Tensor, gamma: Tensor): Scalar =>
        sum(mul(sharpen(weights, gamma, { epsilon: 1e-16 }), [[1, 2, 3, 4]]));
      const [byWeight, byGamma] = grads(cost)([none, tensor2d([[2]])]);
      expect([...(byWeight?.dataSync() ?? []), ...(byGamma?.dataSync() ?? [])]).toEqual([0, 0, 0, 0, 0]);
    });
  });

  test('has the slopes of the powers', () => {
    const [weights, gamma, epsilon] = [[0.1, 0.3, 0.2, 0.05], 1.7, 0.2];
    const factors = [1, -2, 3, 0.5];
    const costOf = (w: readonly number[], g: number) =>
      slowly(w, g, epsilon).reduce((total, weight, i) => total + weight * (factors[i] ?? 0), 0);
    const h = 1e-6;
    const moved = (at: number, by: number) => weights.map((weight, i) => (i === at ? weight + by : weight));
    const wanted = weights.map(
      (_, i) => (costOf(moved(i, h), gamma) - costOf(moved(i, -h), gamma)) / (2 * h),
    );
    const byGamma = (costOf(weights, gamma + h) - costOf(weights, gamma - h)) / (2 * h);
    const cost = (w: Tensor, g: Tensor): Scalar => sum(mul(sharpen(w, g, { epsilon }), [factors]));
    const [ofWeights, ofGamma] = grads(cost)([tensor2d([weights]), tensor2d([[gamma]])]);
    expectClose(ofWeights ?? [], wanted, 1e-5);
    expectClose(ofGamma ?? [], [byGamma], 1e-5);
  });

  const head = { key: [[1, 0]], beta: 1, gate: 0, shift: [[0, 0, 1]], gamma: 2 };
  const memory = () => tensor3d([1, 0, 0, 1, 1, 1], [1, 3, 2]);

  test('stops a head that looked nowhere and stays there', () => {
    const stages = addressingStages(head, memory(), zeros([1, 3]), { epsilon: 1e-16 });
    expect(numbers(stages.sharpened)).toEqual([0, 0, 0]);
    expect(numbers(address(head, memory(), zeros([1, 3]), { epsilon: 1e-16 }))).toEqual([0, 0, 0]);
  });

  test('has no kernel, and is a number from 0 to 1', () => {
    const call = (options: object) => () =>
      Reflect.apply(address, undefined, [head, memory(), zeros([1, 3]), options]);
    expect(call({ engine: 'fused', epsilon: 1e-16 })).toThrow(
      "engine: 'fused' is not there: no kernel sharpens with an epsilon",
    );
    for (const epsilon of [-1e-16, 2, Number.NaN, '1e-16', null])
      expect(call({ epsilon })).toThrow(/^epsilon: expected a number from 0 to 1, got /);
    expect(() => sharpen(zeros([1, 3]), 2, { epsilon: 2 })).toThrow('epsilon');
  });
});
