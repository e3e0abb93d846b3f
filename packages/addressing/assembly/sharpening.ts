// Sharpening (Graves et al. 2014, equation 9), in log-space so that no power underflows
//
//   w(i) = w̃(i)^γ / Σ_j w̃(j)^γ = softmax_i(γ l(i)),  l(i) = log (max(w̃(i), 1e-30) / max_j w̃(j))
//
// The quotient keeps l small where weights are much alike. The error of log w̃ itself is a part of |log w̃|, 4.9 for an even
// weighting over 128 locations, and becomes a relative error of w.
import { log, logOf } from '../../core/assembly/elementary';
import { floats, fma, maximumOf, sumOf } from '../../core/assembly/lanes';
import { softmax } from './softmax';

const leastWeight: f32 = 1e-30;

/** Writes `logarithms` l and `weights` w, both [n]. */
export function sharpen(weights: usize, logarithms: usize, shifted: usize, gamma: f32, N: i32, n: i32): void {
  const stride = floats(n), least = f32x4.splat(leastWeight);
  const greatest = greatestOf(shifted, stride), quotient = <f32>1 / greatest, inverse = f32x4.splat(quotient);
  for (let i: usize = 0; i < stride; i += 64) {
    const a = f32x4.pmax(v128.load(shifted + i), least), b = f32x4.pmax(v128.load(shifted + i, 16), least);
    const c = f32x4.pmax(v128.load(shifted + i, 32), least), d = f32x4.pmax(v128.load(shifted + i, 48), least);
    v128.store(logarithms + i, log(f32x4.mul(a, inverse))), v128.store(logarithms + i, log(f32x4.mul(b, inverse)), 16);
    v128.store(logarithms + i, log(f32x4.mul(c, inverse)), 32), v128.store(logarithms + i, log(f32x4.mul(d, inverse)), 48);
  }
  softmax(weights, logarithms, gamma, logOf(greatest * quotient), N, n);
}

/** At least the floor. A NaN may be left out: its logarithm is NaN. */
function greatestOf(row: usize, stride: usize): f32 {
  let greatest = f32x4.splat(leastWeight), other = greatest;
  for (const end = row + stride; row < end; row += 32) {
    greatest = f32x4.pmax(greatest, v128.load(row)), other = f32x4.pmax(other, v128.load(row, 16));
  }
  return maximumOf(f32x4.pmax(greatest, other));
}

/**
 * Writes dw̃ = γ dl / w̃ where w̃ is above the floor, 0 where not, and returns dγ = Σ dl l, where
 * dl = w (dw − Σ w dw). `dShifted` need not be aligned: it is the middle of a ring.
 */
export function sharpenBackward(
  dShifted: usize, dWeights: usize, weights: usize, logarithms: usize, shifted: usize, gamma: f32, n: i32,
): f32 {
  const stride = floats(n);
  let sums = f32x4.splat(0);
  for (let i: usize = 0; i < stride; i += 16) sums = fma(v128.load(weights + i), v128.load(dWeights + i), sums);
  const mean = f32x4.splat(sumOf(sums));
  const least = f32x4.splat(leastWeight), power = f32x4.splat(gamma);
  let dGamma = f32x4.splat(0);
  for (let i: usize = 0; i < stride; i += 16) {
    const w = v128.load(shifted + i);
    const dl = f32x4.mul(v128.load(weights + i), f32x4.sub(v128.load(dWeights + i), mean));
    dGamma = fma(dl, v128.load(logarithms + i), dGamma);
    const slope = f32x4.div(f32x4.mul(power, dl), f32x4.pmax(w, least));
    v128.store(dShifted + i, v128.andnot(slope, f32x4.lt(w, least)));
  }
  return sumOf(dGamma);
}
