import { grads, mul, sum, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { expectClose } from './close.js';
import { gradientTolerance, valueTolerance } from './expectGolden.js';

/** Asserts that two formulas agree at `points`: in value, and in the gradient of Σ value · cotangent for each point. */
export function expectSame(
  formula: (points: Tensor[]) => Tensor,
  reference: (points: Tensor[]) => Tensor,
  points: readonly Tensor[],
  cotangent: Tensor,
  message = '',
): void {
  tidy(() => {
    expectClose(formula([...points]), reference([...points]), valueTolerance, `${message}: value`);
    const wanted = gradientsOf(reference, points, cotangent).map((each) => Array.from(each.dataSync()));
    // A gradient that cancels to nothing is rounding: a hundredth of the largest or of 1, added to both, is its scale.
    const scale = Math.max(1, ...wanted.flat().map(Math.abs)) / 100;
    for (const [i, gradient] of gradientsOf(formula, points, cotangent).entries()) {
      const [own, others] = [
        [...gradient.dataSync(), scale],
        [...(wanted[i] ?? []), scale],
      ];
      expectClose(own, others, gradientTolerance, `${message}: d/d ${i}`);
    }
  });
}

/** The gradient of Σ value · cotangent for each point. */
export function gradientsOf(
  formula: (points: Tensor[]) => Tensor,
  points: readonly Tensor[],
  cotangent: Tensor,
): Tensor[] {
  return grads((...at: Tensor[]) => sum(mul(formula(at), cotangent)))([...points]);
}

/** All partial derivatives of a float64 function of lists of numbers, by central differences: a list for each list. */
export function slopesOf(
  cost: (lists: number[][]) => number,
  lists: readonly (readonly number[])[],
  step = 1e-5,
): number[][] {
  const costAt = (l: number, i: number, by: number): number =>
    cost(lists.map((list, k) => list.map((value, j) => (k === l && j === i ? value + by : value))));
  return lists.map((list, l) => list.map((_, i) => (costAt(l, i, step) - costAt(l, i, -step)) / (2 * step)));
}
