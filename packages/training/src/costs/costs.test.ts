import { expectClose, expectNoLeak, onEachBackend } from '@tapehead/testing';
import {
  dispose,
  grad,
  type Rank,
  reshape,
  type Tensor,
  type Tensor3D,
  tensor2d,
  tensor3d,
  tidy,
} from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import type { ActivationName } from './activations.js';
import type { Cost } from './cost.js';
import { meanSquaredError } from './meanSquaredError.js';
import { costOfAnswer } from './ofModel.js';
import { softmaxCrossEntropy } from './softmaxCrossEntropy.js';

const logits = [
  [
    [0.3, -1.2, 0.5],
    [2, 0, -1],
  ],
  [
    [-3, 0.01, 7],
    [1, 1, 1],
  ],
];
const classes = [
  [
    [1, 0, 0],
    [0, 0.25, 0.75],
  ],
  [
    [0, 0, 1],
    [0, 1, 0],
  ],
];
const numbers = [
  [
    [1, -2, 0.5],
    [0.1, 0, 3],
  ],
  [
    [-1, 0.2, 1],
    [0, 0, 0],
  ],
];
/** The second step of the first sequence does not count; the first of the second counts half. */
const mask = [
  [1, 0],
  [0.5, 1],
];

const squash: Record<Exclude<ActivationName, 'softmax'>, (x: number) => number> = {
  linear: (x) => x,
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
};

/** −Σ z log₂ p, the mean over the scored steps, in float64, from the probabilities themselves. */
function slowClasses(): number {
  let [sum, count] = [0, 0];
  for (const [b, steps] of logits.entries()) {
    for (const [t, row] of steps.entries()) {
      const scored = mask[b]?.[t] ?? 0;
      const total = row.reduce((all, x) => all + Math.exp(x), 0);
      for (const [i, x] of row.entries()) {
        const p = Math.exp(x) / total;
        sum -= scored * (classes[b]?.[t]?.[i] ?? 0) * Math.log2(p);
      }
      count += scored;
    }
  }
  return sum / count;
}

function slowSquares(activation: (x: number) => number): number {
  let [sum, count] = [0, 0];
  for (const [b, steps] of logits.entries()) {
    for (const [t, row] of steps.entries()) {
      const scored = mask[b]?.[t] ?? 0;
      for (const [i, x] of row.entries()) {
        sum += scored * (activation(x) - (numbers[b]?.[t]?.[i] ?? 0)) ** 2;
        count += scored;
      }
    }
  }
  return sum / count;
}

interface Case {
  readonly name: string;
  readonly cost: Cost;
  readonly activation: ActivationName;
  readonly target: number[][][];
  readonly wanted: number;
}

const cases: Case[] = [
  {
    name: 'softmax cross-entropy',
    cost: softmaxCrossEntropy,
    activation: 'softmax',
    target: classes,
    wanted: slowClasses(),
  },
  ...(['linear', 'tanh', 'sigmoid'] as const).map((activation) => ({
    name: `mean squared error of ${activation}`,
    cost: meanSquaredError,
    activation,
    target: numbers,
    wanted: slowSquares(squash[activation]),
  })),
];

const model = (activation: ActivationName) => ({
  parameters: {},
  config: { outputActivation: activation },
  sequence: (input: Tensor3D) => ({ logits: input }),
});

/** The cost of logits by the definition, and by what training takes. */
function bothOf(
  { cost, activation, target }: Case,
  given: { target?: number[][][]; mask?: number[][] } = {},
) {
  const scored = () => ({ target: tensor3d(given.target ?? target), mask: tensor2d(given.mask ?? mask) });
  const { scaled } = cost;
  if (scaled === undefined) throw new Error('a built-in cost has a function of the logits');
  return {
    defined: (x: Tensor) =>
      costOfAnswer(cost, model(activation), { logits: reshape<Rank.R3>(x, [2, 2, 3]) }, scored(), 1),
    trained: () => {
      const all = scored();
      return scaled(all.target, all.mask, 3, activation);
    },
  };
}

onEachBackend('a built-in cost', () => {
  describe.each(cases)('$name', (each) => {
    test('is its equation, by ops and by what training takes', () => {
      tidy(() => {
        const { defined, trained } = bothOf(each);
        expectClose(defined(tensor3d(logits)), each.wanted, 1e-5);
        expectClose(trained()(tensor3d(logits)), 3 * each.wanted, 1e-5);
        const both = trained().andSlope?.(tensor3d(logits));
        if (both !== undefined) expectClose(both.value, 3 * each.wanted, 1e-5);
      });
    });

    test('has the slope that tfjs finds', () => {
      tidy(() => {
        const { defined, trained } = bothOf(each);
        const wanted = Array.from(grad(defined)(tensor3d(logits)).dataSync(), (slope) => 3 * slope);
        expect(wanted.some((slope) => Math.abs(slope) > 0.01)).toBe(true);
        expectClose(grad((x: Tensor) => trained()(x))(tensor3d(logits)), wanted, 1e-5);
        const both = trained().andSlope?.(tensor3d(logits));
        expect(both?.slope.shape).toEqual([2, 2, 3]);
        if (both !== undefined) expectClose(both.slope, wanted, 1e-5);
      });
    });

    test('is finite for logits that are large, and 0 where nothing counts', () => {
      tidy(() => {
        const large = tensor3d(logits.map((steps) => steps.map((row) => row.map((x) => 1e4 * x))));
        const { defined, trained } = bothOf(each);
        for (const value of [defined(large), trained().andSlope?.(large).value]) {
          if (value !== undefined) expect(Number.isFinite(value.dataSync()[0])).toBe(true);
        }
        const none = bothOf(each, {
          mask: [
            [0, 0],
            [0, 0],
          ],
        });
        expectClose(none.defined(large), 0, 1e-9);
        const both = none.trained().andSlope?.(large);
        if (both !== undefined) {
          expectClose(both.value, 0, 1e-9);
          expect(both.slope.dataSync().every((slope) => slope === 0)).toBe(true);
        }
      });
    });

    test('shows a logit that is NaN, also where the answer does not count', () => {
      tidy(() => {
        const broken = tensor3d(
          logits.map((steps, b) =>
            steps.map((row, t) =>
              b + t === 1 ? row.map((x, i) => (b === 0 && i === 1 ? Number.NaN : x)) : row,
            ),
          ),
        );
        const { defined, trained } = bothOf(each);
        expect(defined(broken).dataSync()[0]).toBeNaN();
        expect(trained()(broken).dataSync()[0]).toBeNaN();
        const both = trained().andSlope?.(broken);
        if (both === undefined) return;
        expect(both.value.dataSync()[0]).toBeNaN();
        expect(both.slope.dataSync()[4]).toBeNaN();
      });
    });

    test('leaves no tensor behind', () => {
      const [x, target, scored] = [tensor3d(logits), tensor3d(each.target), tensor2d(mask)];
      expectNoLeak(() => {
        const ofLogits = each.cost.scaled?.(target, scored, 1, each.activation);
        dispose([each.cost.of(x, target, scored), ofLogits?.(x), ofLogits?.andSlope?.(x)]);
      });
      dispose([x, target, scored]);
    });
  });
});
