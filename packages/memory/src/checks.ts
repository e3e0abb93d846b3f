import { type Floats, floatsOfShape } from '@tapehead/core';
import type { Tensor, Tensor3D } from '@tensorflow/tfjs-core';
import { withHeads } from './heads.js';

/** The memory, `[batch, N, M]`. */
export function memoryOf(given: Floats): Tensor3D {
  return withHeads(floatsOfShape('memory', given, ['batch', 'memorySize', 'memoryDim']));
}

/** A weight per row of the memory, for each head, `[batch, heads, N]`, or for one, `[batch, N]`. */
export function weightsOf(given: Floats, { shape: [batch, rows] }: Tensor3D): Tensor {
  return floatsOfShape('weights', given, [batch, 'heads', rows], `batch ${batch}, memorySize ${rows}`);
}

/** A vector of the memory's width per head of `weights`, with the axis of the heads. */
export function vectorsOf(name: string, given: Floats, memory: Tensor3D, weights: Tensor): Tensor3D {
  const width = memory.shape[2];
  const shape = [...weights.shape.slice(0, -1), width];
  return withHeads(floatsOfShape(name, given, shape, `memoryDim ${width}`));
}
