// Sharpening (Graves et al. 2014, equation 9), in log-space so that no power underflows
//
//   w(i) = w̃(i)^γ / Σ_j w̃(j)^γ = softmax_i(γ l(i)),  l(i) = log max(w̃(i), 1e-30)
import { exp, log } from '../../../tooling/simd/assembly/elementary';
import { floats, fma, lastLanes, maximumOf, sumOf } from '../../../tooling/simd/assembly/lanes';

const leastWeight: f32 = 1e-30;

/** Writes `logarithms` l and `weights` w, both [n]. */
export function sharpen(weights: usize, logarithms: usize, shifted: usize, gamma: f32, N: i32, n: i32): void {
  const last = floats(n) - 16;
  const least = f32x4.splat(leastWeight);
  let greatest = least;
  for (let i: usize = 0; i <= last; i += 16) greatest = f32x4.pmax(greatest, v128.load(shifted + i));
  const origin = log(f32x4.splat(maximumOf(greatest)));
  const power = f32x4.splat(gamma);
  let sum = f32x4.splat(0);
  for (let i: usize = 0; i <= last; i += 16) {
    const l = log(f32x4.pmax(v128.load(shifted + i), least));
    v128.store(logarithms + i, l);
    let e = exp(f32x4.mul(power, f32x4.sub(l, origin)));
    if (i == last) e = v128.and(e, lastLanes(N));
    v128.store(weights + i, e);
    sum = f32x4.add(sum, e);
  }
  const inverse = f32x4.splat(<f32>1 / sumOf(sum));
  for (let i: usize = 0; i <= last; i += 16) {
    v128.store(weights + i, f32x4.mul(inverse, v128.load(weights + i)));
  }
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
