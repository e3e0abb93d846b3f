// Circular shift (Graves et al. 2014, equation 8)
//
//   w̃(i) = Σ_k s(k) w_g(i − (k − half)),  half = (S − 1) / 2, indices modulo N
//
// A ring is a row with `half` more floats on either side, where it goes on around: w_g(i) stands at ring[half + i].
import { firstLanes, floats, fma, padded16, sumOf } from '../../core/assembly/lanes';
import { clearPadding } from '../../core/assembly/strip';

/** The floats of a ring of n, the padded N. */
export function ringSize(n: i32, S: i32): i32 {
  return padded16(n + S - 1);
}

/** Closes the ring whose middle has been written, [half, half + N). */
export function closeRing(ring: usize, S: i32, N: i32, n: i32): void {
  const half = S >> 1;
  const behind = ring + floats(half + N);
  for (let i = 0; i < half; i++) {
    store<f32>(ring + floats(i), load<f32>(ring + floats(N + i)));
    store<f32>(behind + floats(i), load<f32>(ring + floats(half + i)));
  }
  for (let i = N + 2 * half; i < ringSize(n, S); i++) store<f32>(ring + floats(i), 0);
}

/** Writes w̃ [n] from the ring of w_g. */
export function shift(shifted: usize, ring: usize, taps: usize, S: i32, N: i32, n: i32): void {
  correlate(shifted, ring, taps + floats(S - 1), -4, S, n);
  clearPadding(shifted, N, n, 1);
}

/** Writes dw_g(j) = Σ_k s(k) dw̃(j + k − half), [n], from the ring of dw̃, and adds ds(k) = Σ_i dw̃(i) w_g(i + half − k). */
export function shiftBackward(
  dGated: usize, dTaps: usize, dRing: usize, ring: usize, taps: usize, S: i32, N: i32, n: i32,
): void {
  correlate(dGated, dRing, taps, 4, S, n);
  clearPadding(dGated, N, n, 1);
  const dShifted = dRing + floats(S >> 1);
  for (let k = 0; k < S; k++) {
    const at = dTaps + floats(k);
    store<f32>(at, load<f32>(at) + dotOf(dShifted, ring + floats(S - 1 - k), N));
  }
}

/** out(i) = Σ_j tap(j) ring[i + j], where the taps stand `step` bytes apart. */
function correlate(out: usize, ring: usize, taps: usize, step: i32, S: i32, n: i32): void {
  const end = out + floats(n);
  if (S == 3) {
    const a = v128.load32_splat(taps), b = v128.load32_splat(taps + step), c = v128.load32_splat(taps + 2 * step);
    for (; out < end; out += 16, ring += 16) {
      const ends = fma(a, v128.load(ring), f32x4.mul(c, v128.load(ring, 8)));
      v128.store(out, fma(b, v128.load(ring, 4), ends));
    }
    return;
  }
  for (; out < end; out += 16, ring += 16) {
    let sum = f32x4.splat(0);
    for (let j = 0, tap = taps; j < S; j++, tap += step) {
      sum = fma(v128.load32_splat(tap), v128.load(ring + floats(j)), sum);
    }
    v128.store(out, sum);
  }
}

/** Σ_{i < N} a(i) b(i) */
function dotOf(a: usize, b: usize, N: i32): f32 {
  let sum = f32x4.splat(0), other = sum;
  let left = N;
  for (; left > 8; left -= 8, a += 32, b += 32) {
    sum = fma(v128.load(a), v128.load(b), sum);
    other = fma(v128.load(a, 16), v128.load(b, 16), other);
  }
  sum = fma(v128.and(v128.load(a), firstLanes(left)), v128.load(b), sum);
  other = fma(v128.and(v128.load(a, 16), firstLanes(left - 4)), v128.load(b, 16), other);
  return sumOf(f32x4.add(sum, other));
}
