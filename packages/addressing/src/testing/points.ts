import { randomUniform, softmax, type Tensor, type Tensor3D } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { address, addressingStages, type HeadParameters } from '../index.js';

export const sizes = fc.record({
  seed: fc.integer({ min: 1, max: 1e6 }),
  batch: fc.integer({ min: 1, max: 4 }),
  heads: fc.integer({ min: 1, max: 4 }),
  rows: fc.integer({ min: 1, max: 40 }),
  // With width 1 the cosine is ±1 everywhere, and its slopes nothing but rounding, over norms that may be small.
  width: fc.integer({ min: 2, max: 21 }),
  half: fc.integer({ min: 0, max: 20 }),
});
export type Sizes = typeof sizes extends fc.Arbitrary<infer S> ? S : never;

/** key, beta, gate, shift, gamma, memory and previous, with at most as many taps as rows. */
export function randomPoints({ seed, batch, heads, rows, width, half }: Sizes): Tensor[] {
  const uniform = (shape: number[], low: number, high: number, i: number): Tensor =>
    randomUniform(shape, low, high, 'float32', seed + i);
  const taps = 1 + 2 * Math.min(half, Math.floor((rows - 1) / 2));
  return [
    uniform([batch, heads, width], -1, 1, 1),
    uniform([batch, heads], 0, 6, 2),
    uniform([batch, heads], 0, 1, 3),
    softmax(uniform([batch, heads, taps], -2, 2, 4)),
    uniform([batch, heads], 1, 4, 5),
    uniform([batch, rows, width], -1, 1, 6),
    softmax(uniform([batch, heads, rows], -2, 2, 7)),
  ];
}

export function splitPoints(points: readonly Tensor[]): [HeadParameters, Tensor3D, Tensor3D] {
  const [key, beta, gate, shift, gamma, memory, previous] = points;
  if (!key || !beta || !gate || !shift || !gamma || !memory || !previous) throw new Error('seven points');
  return [{ key: cube(key), beta, gate, shift: cube(shift), gamma }, cube(memory), cube(previous)];
}

function cube(tensor: Tensor): Tensor3D {
  if (isCube(tensor)) return tensor;
  throw new Error('three axes');
}
const isCube = (tensor: Tensor): tensor is Tensor3D => tensor.rank === 3;

export const fused = (points: readonly Tensor[]) => address(...splitPoints(points));
export const reference = (points: readonly Tensor[]) => addressingStages(...splitPoints(points)).sharpened;
