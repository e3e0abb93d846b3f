// Content addressing (Graves et al. 2014, equations 5 and 6)
//
//   K(i) = k·M(i) / (max(|k|, ε) max(|M(i)|, ε)),  ε = 1e-8
//   w(i) = e^{β K(i)} / Σ_j e^{β K(j)}
//
// `tape` is the memory turned: a strip of M rows, each n = N padded to 16.
import { floats, fma, maximumOf, sumOf } from '../../core/assembly/lanes';
import { softmax } from './softmax';
import { addColumnSums, addRowSums, zero } from '../../core/assembly/strip';

const leastNorm: f32 = 1e-8;
const greatestInverse: f32 = 1e8;
/** Products with a longer key, |k| > 16, are taken of k / |k|, which overflows for no memory that has a norm. */
const leastInverse: f32 = 0.0625;
/** Makes the square of any float32 finite. A power of two, so that nothing is rounded. */
const shrink: f32 = 8.271806125530277e-25; // 2^−80
/** Stands behind N: less than any cosine, so that padding is not the greatest. */
const belowAll: f32 = -2;

/** 1 / max(|M(i)|, ε) of every row, [n]. */
export function inverseNorms(out: usize, tape: usize, M: i32, n: i32): void {
  const stride = floats(n), bytes = stride * M;
  for (const end = out + stride; out < end; out += 64, tape += 64) {
    let a = f32x4.splat(0), b = a, c = a, d = a;
    for (let row = tape, last = tape + bytes; row < last; row += stride) {
      const p = v128.load(row), q = v128.load(row, 16), r = v128.load(row, 32), s = v128.load(row, 48);
      a = fma(p, p, a), b = fma(q, q, b), c = fma(r, r, c), d = fma(s, s, d);
    }
    v128.store(out, inverseRoot(a)), v128.store(out, inverseRoot(b), 16);
    v128.store(out, inverseRoot(c), 32), v128.store(out, inverseRoot(d), 48);
    const all = f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
    if (!v128.all_true<i32>(f32x4.lt(all, f32x4.splat(Infinity)))) {
      for (let p: usize = 0; p < 64; p += 16) inverseNormsOfLarge(out + p, tape + p, stride, bytes);
    }
  }
}

// @ts-ignore: decorator
@inline
function inverseRoot(squares: v128): v128 {
  return f32x4.div(f32x4.splat(1), f32x4.pmax(f32x4.sqrt(squares), f32x4.splat(leastNorm)));
}

/** Writes the inverse norms of four rows again, where the squares have overflowed. */
function inverseNormsOfLarge(out: usize, tape: usize, stride: usize, bytes: usize): void {
  const factor = f32x4.splat(shrink);
  let squares = f32x4.splat(0);
  for (const end = tape + bytes; tape < end; tape += stride) {
    const small = f32x4.mul(factor, v128.load(tape));
    squares = fma(small, small, squares);
  }
  const inverse = f32x4.div(factor, f32x4.sqrt(squares)), before = v128.load(out);
  v128.store(out, v128.bitselect(before, inverse, f32x4.gt(before, f32x4.splat(0))));
}

/** 1 / max(|k|, ε) */
export function inverseNorm(key: usize, M: i32): f32 {
  let squares: f64 = 0;
  for (const end = key + floats(M); key < end; key += 4) {
    const k = <f64>load<f32>(key);
    squares += k * k;
  }
  return <f32>(<f64>1 / max(sqrt(squares), <f64>leastNorm));
}

/** Writes `similarity` K and `weights` w, both [n]. */
export function content(
  weights: usize, similarity: usize, key: usize, inverseKey: f32, beta: f32,
  tape: usize, inverses: usize, M: i32, N: i32, n: i32,
): void {
  const stride = floats(n), long = inverseKey < leastInverse;
  if (long) {
    unitDots(similarity, tape, key, inverseKey, M, stride);
  } else {
    zero(similarity, n);
    addColumnSums(similarity, tape, key, M, n); // k·M(i)
  }
  const scale = f32x4.splat(long ? <f32>1 : inverseKey);
  for (let i: usize = 0; i < stride; i += 32) {
    const a = f32x4.mul(scale, v128.load(inverses + i)), b = f32x4.mul(scale, v128.load(inverses + i, 16));
    v128.store(similarity + i, f32x4.mul(v128.load(similarity + i), a));
    v128.store(similarity + i, f32x4.mul(v128.load(similarity + i, 16), b), 16);
  }
  for (let i = N; i < n; i++) store<f32>(similarity + floats(i), belowAll);
  softmax(weights, similarity, beta, greatestOf(similarity, stride), N, n);
}

/** out(i) = k·M(i) / |k| */
function unitDots(out: usize, tape: usize, key: usize, inverseKey: f32, M: i32, stride: usize): void {
  const lastKey = key + floats(M);
  for (const end = out + stride; out < end; out += 16, tape += 16) {
    let sum = f32x4.splat(0);
    for (let at = key, row = tape; at < lastKey; at += 4, row += stride) {
      sum = fma(f32x4.splat(inverseKey * load<f32>(at)), v128.load(row), sum);
    }
    v128.store(out, sum);
  }
}

/** A NaN may be left out: its power is NaN. */
function greatestOf(row: usize, stride: usize): f32 {
  let greatest = f32x4.splat(belowAll), other = greatest;
  for (const end = row + stride; row < end; row += 32) {
    greatest = f32x4.pmax(greatest, v128.load(row)), other = f32x4.pmax(other, v128.load(row, 16));
  }
  return maximumOf(f32x4.pmax(greatest, other));
}

/**
 * From dw (`dWeights`, overwritten), adds to `dKey` [M] and `dTape`, and returns dβ:
 *
 *   dβ = Σ dz(i) K(i) and dK = β dz, where dz = w (dw − Σ w dw)
 *   d(k·M) = dK / (|k| |M(i)|),  d|M(i)| = −dK K / |M(i)|,  d|k| = −Σ dK K / |k|,  where the norm is not clamped
 *   dk = Σ_i d(k·M)(i) M(i) + d|k| k / |k|,  dM(i) = d(k·M)(i) k + d|M(i)| M(i) / |M(i)|
 *
 * `dNorms` is work memory, [n].
 */
export function contentBackward(
  dKey: usize, dTape: usize, dWeights: usize,
  weights: usize, similarity: usize, key: usize, inverseKey: f32, beta: f32,
  tape: usize, inverses: usize, dNorms: usize, M: i32, n: i32,
): f32 {
  const stride = floats(n);
  let sums = f32x4.splat(0);
  for (let i: usize = 0; i < stride; i += 16) sums = fma(v128.load(weights + i), v128.load(dWeights + i), sums);
  const mean = f32x4.splat(sumOf(sums));
  const slope = f32x4.splat(beta), inverse = f32x4.splat(inverseKey), bound = f32x4.splat(greatestInverse);
  let dBeta = f32x4.splat(0);
  for (let i: usize = 0; i < stride; i += 16) {
    const dz = f32x4.mul(v128.load(weights + i), f32x4.sub(v128.load(dWeights + i), mean));
    const towards = f32x4.mul(dz, v128.load(similarity + i)); // dz K
    dBeta = f32x4.add(dBeta, towards);
    const inverseRow = v128.load(inverses + i);
    const both = f32x4.mul(slope, inverseRow);
    v128.store(dWeights + i, f32x4.mul(f32x4.mul(dz, both), inverse)); // now d(k·M)
    const dNorm = f32x4.mul(f32x4.mul(towards, both), f32x4.neg(inverseRow)); // d|M| / |M|
    v128.store(dNorms + i, v128.andnot(dNorm, f32x4.ge(inverseRow, bound)));
  }
  const sum = sumOf(dBeta);
  addRowSums(dKey, tape, dWeights, M, n);
  if (!(inverseKey >= greatestInverse)) addScaled(dKey, key, -beta * sum * inverseKey * inverseKey, M);
  tapeBackward(dTape, dWeights, dNorms, key, tape, M, stride);
  return sum;
}

function addScaled(to: usize, from: usize, factor: f32, count: i32): void {
  for (const end = to + floats(count); to < end; to += 4, from += 4) {
    store<f32>(to, load<f32>(to) + factor * load<f32>(from));
  }
}

/** dM(i, m) += d(k·M)(i) k(m) + (d|M(i)| / |M(i)|) M(i, m) */
function tapeBackward(
  dTape: usize, dDots: usize, dNorms: usize, key: usize, tape: usize, M: i32, stride: usize,
): void {
  const lastKey = key + floats(M);
  for (const end = dDots + stride; dDots < end; dDots += 32, dNorms += 32, dTape += 32, tape += 32) {
    const dot = v128.load(dDots), dot1 = v128.load(dDots, 16), norm = v128.load(dNorms), norm1 = v128.load(dNorms, 16);
    for (let at = key, to = dTape, row = tape; at < lastKey; at += 4, to += stride, row += stride) {
      const k = v128.load32_splat(at);
      v128.store(to, fma(norm, v128.load(row), fma(k, dot, v128.load(to))));
      v128.store(to, fma(norm1, v128.load(row, 16), fma(k, dot1, v128.load(to, 16))), 16);
    }
  }
}
