import { type Rank, randomUniform, softmax, type Tensor, type Tensor3D } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { write } from '../index.js';
import type { WriteInputs } from '../write.js';
import { referenceWrite } from '../write.js';

export const sizes = fc.record({
  seed: fc.integer({ min: 1, max: 1e6 }),
  batch: fc.integer({ min: 1, max: 4 }),
  heads: fc.integer({ min: 1, max: 5 }),
  rows: fc.integer({ min: 1, max: 40 }),
  width: fc.integer({ min: 1, max: 21 }),
});
export type Sizes = typeof sizes extends fc.Arbitrary<infer S> ? S : never;

export const random = (shape: [number, number, number], low: number, seed: number): Tensor3D =>
  randomUniform<Rank.R3>(shape, low, 1, 'float32', seed);

export function randomPoints({ seed, batch, heads, rows, width }: Sizes): WriteInputs {
  return [
    random([batch, rows, width], -1, seed),
    softmax(random([batch, heads, rows], -1, seed + 1)),
    random([batch, heads, width], 0, seed + 2),
    random([batch, heads, width], -1, seed + 3),
  ];
}

export function fourOf(points: readonly Tensor[]): WriteInputs {
  const [memory, weights, erase, add] = points.filter((each): each is Tensor3D => each.rank === 3);
  if (!memory || !weights || !erase || !add) throw new Error('four points');
  return [memory, weights, erase, add];
}

export const fused = (points: readonly Tensor[]) => write(...fourOf(points));
export const reference = (points: readonly Tensor[]) => referenceWrite(fourOf(points));
