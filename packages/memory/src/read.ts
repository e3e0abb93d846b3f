import { expandDims, matMul, squeeze, type Tensor2D, type Tensor3D, tidy } from '@tensorflow/tfjs-core';
import { checkWeights } from './checks.js';
import { hasHeads } from './heads.js';

/**
 * What the heads read (Graves et al. 2014, equation 2): `r = Σ_i w(i) M(i)`.
 *
 * @param memory `[batch, N, M]`
 * @param weights `[batch, heads, N]`, or `[batch, N]` for a single head
 * @returns reads `[batch, heads, M]`, or `[batch, M]` for weights without heads
 * @throws TapeheadError `shape` where the shapes do not fit
 */
export function read(memory: Tensor3D, weights: Tensor3D): Tensor3D;
export function read(memory: Tensor3D, weights: Tensor2D): Tensor2D;
export function read(memory: Tensor3D, weights: Tensor2D | Tensor3D): Tensor2D | Tensor3D {
  checkWeights(memory, weights);
  if (hasHeads(weights)) return matMul(weights, memory);
  return tidy(() => squeeze<Tensor2D>(matMul(expandDims<Tensor3D>(weights, 1), memory), [1]));
}
