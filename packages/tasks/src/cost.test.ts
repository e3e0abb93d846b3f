import { expectClose, expectNoLeak, onEachBackend } from '@tapehead/testing';
import {
  dispose,
  grad,
  memory,
  type Rank,
  reshape,
  type Tensor,
  tensor2d,
  tensor3d,
  tidy,
  zeros,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { batchOf } from './batch.js';
import { composedCost } from './composedCost.js';
import { costInBits } from './cost.js';
import { loopedCost } from './loopedCost.js';
import { createRandom } from './random.js';
import { copy } from './tasks/copy.js';

/** Σ masked −log₂ p(bit) of one sequence in float64, from the probability itself. */
function slowBits(logits: number[][], target: number[][], mask: number[]): number {
  let bits = 0;
  for (const [t, row] of logits.entries()) {
    for (const [i, logit] of row.entries()) {
      const one = 1 / (1 + Math.exp(-logit));
      const likelihood = target[t]?.[i] === 1 ? one : 1 - one;
      bits -= (mask[t] ?? 0) * Math.log2(likelihood);
    }
  }
  return bits;
}

const logits = [
  [0.3, -1.2],
  [2, 0],
  [-3, 0.01],
];
const target = [
  [1, 0],
  [0, 1],
  [1, 1],
];
const mask = [0, 1, 1];

const costs = { costInBits, loopedCost, composedCost };

onEachBackend('the cost in bits', () => {
  describe.each(Object.entries(costs))('%s', (_, cost) => {
    test('chance costs 8 bits a vector', () => {
      const random = createRandom(4);
      for (const length of [1, 7, 20]) {
        const batch = batchOf([copy().episode(random, { minLength: length, maxLength: length })]);
        const bits = cost(zerosLike(batch.target), batch.target, batch.mask);
        expectClose(bits, 8 * length, 1e-5);
      }
    });

    test('is what the probabilities say, and the mean over the batch', () => {
      const one = slowBits(logits, target, mask);
      const all = slowBits(logits, target, [1, 1, 1]);
      const single = cost(tensor3d([logits]), tensor3d([target]), tensor2d([mask]));
      const both = cost(tensor3d([logits, logits]), tensor3d([target, target]), tensor2d([mask, [1, 1, 1]]));
      expectClose(single, one, 1e-5);
      expectClose(both, (one + all) / 2, 1e-5);
    });

    test('its gradient is that of finite differences, at a logit of 0 too, and 0 where nothing is asked', () => {
      const gradient = grad((x: Tensor) =>
        cost(reshape<Rank.R3>(x, [1, 3, 2]), tensor3d([target]), tensor2d([mask])),
      )(tensor3d([logits]));
      const step = 1e-6;
      const slope = logits.map((row, t) =>
        row.map((_, i) => {
          const moved = (by: number) =>
            logits.map((each, u) => each.map((x, j) => (u === t && j === i ? x + by : x)));
          return (slowBits(moved(step), target, mask) - slowBits(moved(-step), target, mask)) / (2 * step);
        }),
      );
      expectClose(gradient, slope, 1e-5);
      expect(Array.from(gradient.dataSync()).slice(0, 2)).toEqual([0, 0]);
    });

    test('stays finite for sure answers, right and wrong', () => {
      const sure = tensor3d([[[1e4, -1e4, 200, -200]]]);
      const wrong = tensor3d([[[0, 1, 0, 1]]]);
      const right = tensor3d([[[1, 0, 1, 0]]]);
      const on = tensor2d([[1]]);
      expectClose(cost(sure, right, on), 0, 1e-6);
      expectClose(cost(sure, wrong, on), 20_400 / Math.LN2, 1e-6);
      const gradient = grad((x: Tensor) => cost(reshape<Rank.R3>(x, [1, 1, 4]), wrong, on))(sure);
      expectClose(
        gradient,
        [1, -1, 1, -1].map((each) => each / Math.LN2),
        1e-6,
      );
    });

    test('is NaN, and so is its slope, for a NaN under a mask of 0 too: as 0 times NaN is', () => {
      const wanted = tensor3d([[[0, 1, 1]], [[1, 0, 0]]]);
      const scored = tensor2d([[0], [1]]);
      for (const [number, slope] of [
        [Number.NaN, Number.NaN],
        [Number.POSITIVE_INFINITY, 0],
        [Number.NEGATIVE_INFINITY, 0],
      ]) {
        const x = tensor3d([[[0, number ?? 0, 2]], [[1, 1, 1]]]);
        expect(cost(x, wanted, scored).dataSync()[0]).toBeNaN();
        const slopes = grad((at: Tensor) => cost(reshape<Rank.R3>(at, [2, 1, 3]), wanted, scored))(
          x,
        ).dataSync();
        expect(slopes[1]).toBe(slope);
        expect(Array.from(slopes).filter(Number.isFinite)).toHaveLength(Number.isNaN(slope) ? 5 : 6);
      }
    });

    test('leaves no tensor behind', () => {
      const random = createRandom(1);
      expectNoLeak(() =>
        tidy(() => {
          const batch = batchOf([copy().episode(random), copy().episode(random)]);
          return cost(zerosLike(batch.target), batch.target, batch.mask);
        }),
      );
    });

    test('makes one tensor: the cost', () => {
      const batch = batchOf([copy().episode(createRandom(1))]);
      const before = memory().numTensors;
      const bits = cost(batch.target, batch.target, batch.mask);
      expect(memory().numTensors).toBe(before + 1);
      dispose([bits, batch]);
    });
  });
});

test('shapes that do not belong together are refused', () => {
  const [x, y, m] = [zeros<Rank.R3>([2, 3, 4]), tensor3d([[[1]]]), tensor2d([[1]])];
  expect(() => costInBits(x, y, m)).toThrow(
    'target: expected shape [2, 3, 4] (those of logits), got [1, 1, 1]',
  );
  expect(() => costInBits(x, x, m)).toThrow(
    'mask: expected shape [2, 3] (batch and time of logits), got [1, 1]',
  );
});
