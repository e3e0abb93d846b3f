import { checkRoom, type Floats, firstOrder, type RankOf } from '@tapehead/core';
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
import { keyOf, memoryOf } from './checks.js';
import { columnOf, likeGiven, scalarsOf, withHeads } from './heads.js';

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

/** Equation 5 for key `[batch, heads, M]`, memory `[batch, N, M]` and beta `[batch, heads]`: `[batch, heads, N]`. */
export function focusOf(key: Tensor3D, memory: Tensor3D, beta: Tensor2D): Tensor3D {
  return softmax(mul(columnOf(beta), cosineSimilarity(key, memory)));
}

/**
 * Focus by content (Graves et al. 2014, equation 5): `w_c(i) = softmax_i(β K[k, M(i)])`.
 *
 * @param key `[batch, heads, M]`, or `[batch, M]` for a single head
 * @param memory `[batch, N, M]`
 * @param beta key strength β ≥ 0: `[batch, heads]`, for a single head `[batch, 1]` or `[batch]`, or one number for all
 * @returns weightings `[batch, heads, N]`, or `[batch, N]` for a key without heads; each sums to 1
 * @throws TapeheadError `argument` for what is no numbers, `shape` where the shapes do not fit, `range` for sizes that no
 * memory holds
 */
export function contentAddressing<Key extends Floats>(key: Key, memory: Floats, beta: Floats): RankOf<Key>;
export function contentAddressing(key: Floats, memory: Floats, beta: Floats): Tensor {
  return tidy(() => {
    const rows = memoryOf(memory);
    const given = keyOf(key, rows);
    const [batch, memorySize] = rows.shape;
    const keys = withHeads(given);
    const weights = batch * keys.shape[1] * memorySize;
    checkRoom(
      `contentAddressing of batch ${batch}, ${keys.shape[1]} heads and ${memorySize} rows`,
      4 * (4 * weights + 2 * (rows.size + keys.size)),
      'take fewer of them',
      4 * weights,
    );
    const focus = focusOf(keys, rows, scalarsOf('beta', beta, given));
    return likeGiven(given, firstOrder('contentAddressing', focus));
  });
}
