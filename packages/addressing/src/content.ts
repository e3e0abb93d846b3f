import {
  abs,
  div,
  matMul,
  max,
  maximum,
  mul,
  softmax,
  sqrt,
  square,
  sum,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tidy,
} from '@tensorflow/tfjs-core';
import { checkContent } from './checks.js';
import { columnOf, type HeadScalars, type HeadVectors, likeGiven, vectorsOf } from './heads.js';

/** Norms are clamped from below at 1e-8, so that an all-zero row or key has similarity 0 to everything. */
const leastSquaredNorm = 1e-16;

/**
 * Rows of unit length: `x / max(‖x‖, 1e-8)` over the last axis; clamped inside the root, whose slope at 0 is infinite.
 * A row with entries above 1 is first divided by the largest of them, so that no square overflows.
 */
function normalize<T extends Tensor>(x: T): T {
  const small: T = div(x, maximum(max(abs(x), -1, true), 1));
  return div(small, sqrt(maximum(sum(square(small), -1, true), leastSquaredNorm)));
}

/**
 * Cosine similarity of each head's key with each row of the memory (equation 6):
 * `K[k, M(i)] = k · M(i) / (‖k‖ ‖M(i)‖)`.
 * @param key `[batch, heads, M]`
 * @param memory `[batch, N, M]`
 * @returns `[batch, heads, N]`, between −1 and 1
 */
function cosineSimilarity(key: Tensor3D, memory: Tensor3D): Tensor3D {
  return matMul(normalize(key), normalize(memory), false, true);
}

/**
 * Focus by content (Graves et al. 2014, equation 5): `w_c(i) = softmax_i(β K[k, M(i)])`.
 *
 * @param key `[batch, heads, M]`, or `[batch, M]` for a single head
 * @param memory `[batch, N, M]`
 * @param beta key strength β ≥ 0: `[batch, heads]`, or `[batch, 1]` or `[batch]` for a single head
 * @returns weightings `[batch, heads, N]`, or `[batch, N]` for a key without heads; each sums to 1
 * @throws TapeheadError `shape` where the shapes do not fit
 */
export function contentAddressing(key: Tensor3D, memory: Tensor3D, beta: HeadScalars): Tensor3D;
export function contentAddressing(key: Tensor2D, memory: Tensor3D, beta: HeadScalars): Tensor2D;
export function contentAddressing(key: HeadVectors, memory: Tensor3D, beta: HeadScalars): HeadVectors {
  checkContent(key, memory, beta);
  return tidy(() => {
    const similarity = cosineSimilarity(vectorsOf(key), memory);
    return likeGiven(key, softmax(mul(columnOf(beta, memory.shape[0]), similarity)));
  });
}
