// Sharpening (Graves et al. 2014, equation 9), in log-space so that no power underflows
//
//   w(i) = w̃(i)^γ / Σ_j w̃(j)^γ = softmax_i(γ l(i)),  l(i) = log max(w̃(i), 1e-30)
import { log, logOf } from '../../core/assembly/elementary';
import { floats, fma, maximumOf, sumOf } from '../../core/assembly/lanes';
import { softmax } from './softmax';

const leastWeight: f32 = 1e-30;

/** Writes `logarithms` l and `weights` w, both [n]. */
export function sharpen(weights: usize, logarithms: usize, shifted: usize, gamma: f32, N: i32, n: i32): void {
  const stride = floats(n), least = f32x4.splat(leastWeight);
  let greatest = least;
  for (let i: usize = 0; i < stride; i += 64) {
    const a = v128.load(shifted + i), b = v128.load(shifted + i, 16);
    const c = v128.load(shifted + i, 32), d = v128.load(shifted + i, 48);
    greatest = f32x4.pmax(greatest, f32x4.pmax(f32x4.pmax(a, b), f32x4.pmax(c, d)));
    v128.store(logarithms + i, log(f32x4.pmax(a, least))), v128.store(logarithms + i, log(f32x4.pmax(b, least)), 16);
    v128.store(logarithms + i, log(f32x4.pmax(c, least)), 32), v128.store(logarithms + i, log(f32x4.pmax(d, least)), 48);
  }
  softmax(weights, logarithms, gamma, logOf(maximumOf(greatest)), N, n);
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
    v128.store(dShifted + i, v128.and(slope, f32x4.ge(w, least)));
  }
  return sumOf(dGamma);
}
