import { type Tensor, tensor } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';

/** Not numbers, infinities, zeros, subnormals of float32, tiny and huge numbers. */
export const oddNumbers = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  0,
  -0,
  1e-45,
  -1e-40,
  1e-25,
  -1e-9,
  -100,
  1e4,
  -1e10,
  1e25,
  -1e30,
] as const;

/** A number of `oddNumbers` at a place of one of several tensors; each index counts modulo what there is. */
export interface OddPlace {
  readonly input: number;
  readonly at: number;
  readonly number: number;
}

/** Copies of the tensors, with odd numbers at some places. */
export function withOddNumbers(points: readonly Tensor[], places: readonly OddPlace[]): Tensor[] {
  return points.map((point, i) => {
    const values = Float32Array.from(point.dataSync());
    for (const { input, at, number } of places) {
      if (input % points.length === i) {
        values[at % values.length] = oddNumbers[number % oddNumbers.length] ?? Number.NaN;
      }
    }
    return tensor(values, point.shape, 'float32');
  });
}

/**
 * Asserts that `own` is NaN wherever `wanted` is, and finite and close wherever `wanted` is finite: within `tolerance` of
 * the largest finite number of `wanted`, or of 1. What overflows to an infinity in one order of a sum may be huge, or NaN,
 * in another, so an infinity asks for nothing.
 */
export function expectSameOdd(own: Tensor, wanted: Tensor, tolerance: number, message: string): void {
  const [ours, theirs] = [Array.from(own.dataSync()), Array.from(wanted.dataSync())];
  expect(own.shape, message).toEqual(wanted.shape);
  const scale = theirs.reduce(
    (most, each) => (Number.isFinite(each) ? Math.max(most, Math.abs(each)) : most),
    1,
  );
  for (const [i, theirNumber] of theirs.entries()) {
    const ownNumber = ours[i] ?? 0;
    if (Number.isNaN(theirNumber)) {
      expect(ownNumber, `${message} [${i}], where the reference is NaN`).toBeNaN();
    } else if (Number.isFinite(theirNumber)) {
      const near = Math.abs(ownNumber - theirNumber) <= tolerance * scale;
      if (!near) expect(ownNumber, `${message} [${i}] of ${own.shape}, scale ${scale}`).toBe(theirNumber);
    }
  }
}
