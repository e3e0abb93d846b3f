import type { Tensor, TensorLike } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';

/** Numbers, nested as deep as they like, or a tensor. */
export type Numbers = Tensor | TensorLike;

function flat(numbers: Numbers): number[] {
  if (typeof numbers === 'number') return [numbers];
  if (typeof numbers === 'object' && 'dataSync' in numbers) return Array.from(numbers.dataSync());
  if (Array.isArray(numbers)) return numbers.flatMap((each: Numbers) => flat(each));
  if (ArrayBuffer.isView(numbers)) return Array.from(numbers as ArrayLike<number> & ArrayBufferView);
  throw new Error(`expected numbers, got ${typeof numbers}`);
}

/**
 * The largest |actual − wanted|, relative to the largest |wanted| (or to 1 where all wanted are tiny): the scale
 * on which float32 rounds sums, so that a small entry beside large ones is not held to digits it cannot have.
 */
export function relativeError(actual: Numbers, wanted: Numbers): number {
  const [a, b] = [flat(actual), flat(wanted)];
  if (a.length !== b.length) throw new Error(`expected ${b.length} numbers, got ${a.length}`);
  const scale = b.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
  return a.reduce((most, value, i) => {
    const error = Math.abs(value - (b[i] ?? Number.NaN)) / scale;
    return Number.isNaN(error) ? Number.POSITIVE_INFINITY : Math.max(most, error);
  }, 0);
}

/** Asserts `relativeError(actual, wanted) < tolerance`. */
export function expectClose(actual: Numbers, wanted: Numbers, tolerance: number, message?: string): void {
  expect(relativeError(actual, wanted), message).toBeLessThan(tolerance);
}
