import { type Rank, reshape, stack, type Tensor2D, type Tensor3D, unstack } from '@tensorflow/tfjs-core';

/** `[batch, inputSize]` for each step; one alone is only reshaped, because tfjs has no gradient for unstacking one. */
export function eachStep(x: Tensor3D): Tensor2D[] {
  const [batch, time, width] = x.shape;
  if (time === 1) return [reshape<Rank.R2>(x, [batch, width])];
  return unstack(x, 1).map((step) => reshape<Rank.R2>(step, [batch, width]));
}

/** `[batch, width]` for each step to `[batch, time, width]`. */
export function overTime(steps: Tensor2D[]): Tensor3D {
  const [batch = 0, width = 0] = steps[0]?.shape ?? [];
  return reshape<Rank.R3>(stack(steps, 1), [batch, steps.length, width]);
}
