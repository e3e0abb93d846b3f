import { grads, mul, sum, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
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
    const wanted = gradientsOf(reference, points, cotangent);
    expectSameGradients(gradientsOf(formula, points, cotangent), wanted, message);
  });
}

/** Asserts that the gradients of one cost agree, as {@link expectCloseGradients} has it. */
export function expectSameGradients(own: readonly Tensor[], wanted: readonly Tensor[], message = ''): void {
  const numbers = (tensors: readonly Tensor[]) => tensors.map((each) => Array.from(each.dataSync()));
  expectCloseGradients(numbers(own), numbers(wanted), message);
}

/**
 * Asserts that the gradients of one cost agree. One that cancels to nothing is rounding: a hundredth of the largest, or
 * of 1, is added to both sides, so that this is its scale.
 */
export function expectCloseGradients(
  own: readonly number[][],
  wanted: readonly number[][],
  message = '',
): void {
  expect(own.length, message).toBe(wanted.length);
  const scale = wanted.flat().reduce((most, each) => Math.max(most, Math.abs(each)), 1) / 100;
  for (const [i, gradient] of own.entries()) {
    const theirs = [...(wanted[i] ?? []), scale];
    expectClose([...gradient, scale], theirs, gradientTolerance, `${message}: d/d ${i}`);
  }
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
