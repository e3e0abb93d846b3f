import { checkShape } from '@tapehead/core';
import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';

/** Throws unless `memory` is `[batch, N, M]` and `weights` holds one weight for each of its rows. */
export function checkWeights(memory: Tensor3D, weights: Tensor2D | Tensor3D): void {
  checkShape('memory', memory, ['batch', 'memorySize', 'memoryDim']);
  const [batch, memorySize] = memory.shape;
  const heads = weights.rank === 3 ? ['heads'] : [];
  checkShape('weights', weights, [batch, ...heads, memorySize], `batch ${batch}, memorySize ${memorySize}`);
}

/** Throws unless `vectors` holds one vector of the memory's width for each head of `weights`. */
export function checkVectors(
  name: string,
  vectors: Tensor2D | Tensor3D,
  memory: Tensor3D,
  weights: Tensor2D | Tensor3D,
): void {
  const memoryDim = memory.shape[2];
  checkShape(name, vectors, [...weights.shape.slice(0, -1), memoryDim], `memoryDim ${memoryDim}`);
}
