// Content addressing (Graves et al. 2014, equations 5 and 6)
//
//   K(i) = k·M(i) / (max(|k|, ε) max(|M(i)|, ε)),  ε = 1e-8
//   w(i) = e^{β K(i)} / Σ_j e^{β K(j)}
//
// `tape` is the memory turned: a strip of M rows, each n = N padded to four.
import { floats, fma, lastLanes, maximumOf, sumOf } from '../../../tooling/simd/assembly/lanes';
import { exp } from '../../../tooling/simd/assembly/elementary';
import { addColumnSums, addRowSums, zero } from '../../../tooling/simd/assembly/strip';

const leastNorm: f32 = 1e-8;
const greatestInverse: f32 = 1e8;

/** 1 / max(|M(i)|, ε) of every row, [n]. */
export function inverseNorms(out: usize, tape: usize, M: i32, n: i32): void {
  const stride = floats(n);
  for (const end = out + stride; out < end; out += 16, tape += 16) {
    let squares = f32x4.splat(0);
    for (let m = 0, row = tape; m < M; m++, row += stride) {
      const v = v128.load(row);
      squares = fma(v, v, squares);
    }
    const norm = f32x4.pmax(f32x4.sqrt(squares), f32x4.splat(leastNorm));
    v128.store(out, f32x4.div(f32x4.splat(1), norm));
  }
}

/** 1 / max(|k|, ε) */
export function inverseNorm(key: usize, M: i32): f32 {
  let squares: f32 = 0;
  for (const end = key + floats(M); key < end; key += 4) squares += load<f32>(key) * load<f32>(key);
  return <f32>1 / max(sqrt(squares), leastNorm);
}

/** Writes `similarity` K and `weights` w, both [n]. */
export function content(
  weights: usize, similarity: usize, key: usize, inverseKey: f32, beta: f32,
  tape: usize, inverses: usize, M: i32, N: i32, n: i32,
): void {
  zero(similarity, n);
  addColumnSums(similarity, tape, key, M, n); // k·M(i)
  const end = similarity + floats(n);
  const scale = f32x4.splat(inverseKey);
  let greatest = f32x4.splat(-1);
  for (let p = similarity; p < end; p += 16, inverses += 16) {
    const K = f32x4.mul(v128.load(p), f32x4.mul(scale, v128.load(inverses)));
    v128.store(p, K);
    greatest = f32x4.pmax(greatest, K);
  }
  softmax(weights, similarity, beta, maximumOf(greatest), N, n);
}

/** w(i) = e^{β (z(i) − z₀)} / Σ_j e^{β (z(j) − z₀)}, where z₀ ≥ max z keeps it from overflowing. */
function softmax(weights: usize, z: usize, beta: f32, greatest: f32, N: i32, n: i32): void {
  const last = weights + floats(n) - 16;
  const factor = f32x4.splat(beta), origin = f32x4.splat(greatest);
  let sum = f32x4.splat(0), w = weights;
  for (; w < last; w += 16, z += 16) {
    const e = exp(f32x4.mul(factor, f32x4.sub(v128.load(z), origin)));
    v128.store(w, e);
    sum = f32x4.add(sum, e);
  }
  const e = v128.and(exp(f32x4.mul(factor, f32x4.sub(v128.load(z), origin))), lastLanes(N));
  v128.store(w, e);
  const inverse = f32x4.splat(<f32>1 / sumOf(f32x4.add(sum, e)));
  for (w = weights; w <= last; w += 16) v128.store(w, f32x4.mul(inverse, v128.load(w)));
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
    v128.store(dNorms + i, v128.and(dNorm, f32x4.lt(inverseRow, bound)));
  }
  const sum = sumOf(dBeta);
  addRowSums(dKey, tape, dWeights, M, n);
  if (inverseKey < greatestInverse) addScaled(dKey, key, -beta * sum * inverseKey * inverseKey, M);
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
  for (let m = 0; m < M; m++, dTape += stride, tape += stride) {
    const k = v128.load32_splat(key + floats(m));
    for (let i: usize = 0; i < stride; i += 16) {
      const along = fma(k, v128.load(dDots + i), v128.load(dTape + i));
      v128.store(dTape + i, fma(v128.load(dNorms + i), v128.load(tape + i), along));
    }
  }
}
