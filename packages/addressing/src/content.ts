import { checkRoom, type Floats, firstOrder, type RankOf } from '@tapehead/core';
import {
  add,
  clipByValue,
  customGrad,
  matMul,
  mul,
  rsqrt,
  softmax,
  square,
  step,
  sub,
  sum,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tidy,
  transpose,
} from '@tensorflow/tfjs-core';
import { keyOf, memoryOf } from './checks.js';
import { columnOf, likeGiven, scalarsOf, withHeads } from './heads.js';

/** Norms are clamped from below at 1e-8, so that an all-zero row or key has similarity 0 to everything. */
const LEAST_SQUARED_NORM = 1e-16;
const LARGEST = (2 - 2 ** -23) * 2 ** 127;

/** What the norms of the rows of a matrix come to, `[batch, rows, 1]` each. */
interface Norms {
  /** `1 / max(‖x‖, 1e-8)`. */
  readonly inverse: Tensor3D;
  /** `‖x‖²`; Infinity where it overflows. */
  readonly squares: Tensor3D;
}

/** A power of two: the squares of such a part of any float32 do not overflow. */
const PART = 2 ** -80;
/** Is lost in a part whose square matters, and keeps all others from squares below the normal numbers, which are slow. */
const LEAST_PART = 2 ** -60;

/** Where the squares of a row overflow, its norm is taken of a small part of it. */
function normsOf(x: Tensor3D): Norms {
  const squares = sum<Tensor3D>(square(x), -1, true);
  const ofPart = sum<Tensor3D>(square(add(mul(x, PART), LEAST_PART)), -1, true);
  const overflows = step(sub(squares, LARGEST));
  const small = rsqrt(clipByValue(squares, LEAST_SQUARED_NORM, LARGEST));
  const large = mul(rsqrt(clipByValue(ofPart, LEAST_SQUARED_NORM, Number.POSITIVE_INFINITY)), PART);
  return { inverse: add<Tensor3D>(mul(overflows, large), mul(sub(1, overflows), small)), squares };
}

/** 0 where the norm is clamped, and has no slope; else 1. */
const unclamped = (squares: Tensor): Tensor => step(sub(squares, LEAST_SQUARED_NORM));

/** `[batch, rows, 1]` to `[batch, 1, rows]` and back. */
const turned = (x: Tensor): Tensor => transpose(x, [0, 2, 1]);

/**
 * Cosine similarity of each head's key with each row of the memory (equation 6):
 * `K[k, M(i)] = k · M(i) / (‖k‖ ‖M(i)‖)`. The product comes first, and is divided by the norms, since it is smaller than
 * the memory. The key is divided by its own norm before: the product then overflows for no row that has a norm.
 * @param key `[batch, heads, M]`
 * @param memory `[batch, N, M]`
 * @returns `[batch, heads, N]`, between −1 and 1
 */
function cosineSimilarity(key: Tensor3D, memory: Tensor3D): Tensor3D {
  const op = customGrad<Tensor3D>((...given) => {
    const [ofKey, ofRows] = [normsOf(key), normsOf(memory)];
    const value = mul<Tensor3D>(matMul(mul(key, ofKey.inverse), memory, false, true), turned(ofRows.inverse));
    const save = given.at(-1);
    if (typeof save === 'function') {
      save([key, memory, value, ofKey.inverse, ofKey.squares, ofRows.inverse, ofRows.squares]);
    }
    return { value, gradFunc: (slope, saved) => slopesOfCosine(slope, saved) };
  });
  return op(key, memory);
}

/**
 * With `D = dK / (‖k‖ ‖M(i)‖)`:
 * `dk = Σ_i D(i) M(i) − k Σ_i dK(i) K(i) / ‖k‖²` and `dM(i) = Σ_heads D(i) k − M(i) Σ_heads dK(i) K(i) / ‖M(i)‖²`, where a
 * clamped norm has no second term.
 */
function slopesOfCosine(slope: Tensor3D, saved: Tensor[]): Tensor[] {
  return tidy(() => {
    const [key, memory, value, inverseKey, squaresKey, inverseRow, squaresRow] = saved;
    if (!(key && memory && value && inverseKey && squaresKey && inverseRow && squaresRow)) {
      throw new Error('seven tensors were saved');
    }
    const both = mul(slope, value);
    const ofKey = mul(mul(mul(sum(both, 2, true), unclamped(squaresKey)), inverseKey), inverseKey);
    const ofRow = mul(mul(mul(turned(sum(both, 1, true)), unclamped(squaresRow)), inverseRow), inverseRow);
    const towards = mul(slope, turned(inverseRow));
    return [
      sub(mul(matMul(towards, memory), inverseKey), mul(key, ofKey)),
      sub(matMul(towards, mul(key, inverseKey), true, false), mul(memory, ofRow)),
    ];
  });
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
