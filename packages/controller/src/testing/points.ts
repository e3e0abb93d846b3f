import { concat, randomUniform, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { type LstmCell, type LstmWeights, lstmStep } from '../index.js';
import { referenceLstmStep } from '../lstm.js';

export const sizes = fc.record({
  seed: fc.integer({ min: 1, max: 1e6 }),
  batch: fc.integer({ min: 1, max: 9 }),
  inputSize: fc.integer({ min: 1, max: 30 }),
  units: fc.integer({ min: 1, max: 30 }),
});
export type Sizes = typeof sizes extends fc.Arbitrary<infer S> ? S : never;

/** x, h, c, kernel, recurrentKernel and bias. */
export function randomPoints({ seed, batch, inputSize, units }: Sizes): Tensor[] {
  return [
    [batch, inputSize],
    [batch, units],
    [batch, units],
    [inputSize, 4 * units],
    [units, 4 * units],
    [4 * units],
  ].map((shape, i) => randomUniform(shape, -1, 1, 'float32', seed + i));
}

export type Step = (x: Tensor2D, cell: LstmCell, weights: LstmWeights) => LstmCell;

/** A step as one tensor of its six inputs: h and c side by side. */
export const joined =
  (step: Step) =>
  (points: readonly Tensor[]): Tensor => {
    const [x, h, c] = points.filter((each): each is Tensor2D => each.rank === 2);
    const [kernel, recurrentKernel, bias] = points.slice(3);
    if (!x || !h || !c || !kernel || !recurrentKernel || !bias) throw new Error('six points');
    const next = step(x, { h, c }, { kernel, recurrentKernel, bias });
    return concat([next.h, next.c], 1);
  };

export const fused = joined(lstmStep);
export const reference = joined(referenceLstmStep);
