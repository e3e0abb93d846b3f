// exp, log, tanh, sigmoid and softplus of four lanes. Errors are the greatest found over a sweep of each range against
// float64. NaN gives NaN. Constants cost the engine three instructions each, so loops should take several vectors at a time.
import { fma, fnma } from './lanes';

/** e^x, relative error under 2e-7 on [−87.3, 88.3]; 0 below −87.7, Infinity above 88.4. */
// @ts-ignore: decorator
@inline
export function exp(x: v128): v128 {
  x = f32x4.pmin(f32x4.pmax(x, f32x4.splat(-88.0)), f32x4.splat(89.0)); // in this order of arguments NaN stays
  // e^x = 2^n e^r, |r| ≤ ln 2 / 2. Adding 1.5·2^23 rounds x / ln 2 to the integer n, which stays in the low bits. 127
  // more makes it the exponent field of 2^n, from 0 (the number 0) to 255 (Infinity).
  const rounder = f32x4.splat(12583039.0);
  const shifted = fma(x, f32x4.splat(1.44269504088896341), rounder);
  const n = f32x4.sub(shifted, rounder);
  const r = fnma(n, f32x4.splat(-2.12194440e-4), fnma(n, f32x4.splat(0.693359375), x));
  let p = fma(r, f32x4.splat(1.9875691500e-4), f32x4.splat(1.3981999507e-3));
  p = fma(p, r, f32x4.splat(8.3334519073e-3));
  p = fma(p, r, f32x4.splat(4.1665795894e-2));
  p = fma(p, r, f32x4.splat(1.6666665459e-1));
  p = fma(p, r, f32x4.splat(5.0000001201e-1));
  p = f32x4.add(fma(p, f32x4.mul(r, r), r), f32x4.splat(1.0));
  return f32x4.mul(p, i32x4.shl(shifted, 23));
}

/**
 * ln x, error under 2e-7 of |ln x|, for normal x > 0, Infinity and NaN. Callers keep other x out: a zero, a negative or a
 * subnormal x gives a meaningless number.
 */
// @ts-ignore: decorator
@inline
export function log(x: v128): v128 {
  // x = 2^n m with √½ ≤ m < √2: the bits of √½ are taken off, so that the exponent field rounds the right way.
  const offset = i32x4.sub(x, i32x4.splat(0x3f3504f3));
  const n = f32x4.convert_i32x4_s(i32x4.shr_s(offset, 23));
  const mantissa = i32x4.add(v128.and(offset, i32x4.splat(0x007fffff)), i32x4.splat(0x3f3504f3));
  const r = f32x4.sub(mantissa, f32x4.splat(1.0));
  const square = f32x4.mul(r, r);
  let p = fma(r, f32x4.splat(7.0376836292e-2), f32x4.splat(-1.1514610310e-1));
  p = fma(p, r, f32x4.splat(1.1676998740e-1));
  p = fma(p, r, f32x4.splat(-1.2420140846e-1));
  p = fma(p, r, f32x4.splat(1.4249322787e-1));
  p = fma(p, r, f32x4.splat(-1.6668057665e-1));
  p = fma(p, r, f32x4.splat(2.0000714765e-1));
  p = fma(p, r, f32x4.splat(-2.4999993993e-1));
  p = fma(p, r, f32x4.splat(3.3333331174e-1));
  p = f32x4.mul(p, f32x4.mul(r, square));
  p = fma(n, f32x4.splat(-2.12194440e-4), p);
  p = fnma(square, f32x4.splat(0.5), p);
  const finite = fma(n, f32x4.splat(0.693359375), f32x4.add(r, p));
  return v128.bitselect(finite, x, f32x4.lt(x, f32x4.splat(Infinity)));
}

/** tanh x by a ratio of polynomials, error under 4e-7 of |tanh x|. */
// @ts-ignore: decorator
@inline
export function tanh(x: v128): v128 {
  const c = f32x4.pmin(f32x4.pmax(x, f32x4.splat(-7.90531110763549805)), f32x4.splat(7.90531110763549805));
  const s = f32x4.mul(c, c);
  let p = fma(s, f32x4.splat(-2.76076847742355e-16), f32x4.splat(2.00018790482477e-13));
  p = fma(p, s, f32x4.splat(-8.60467152213735e-11));
  p = fma(p, s, f32x4.splat(5.12229709037114e-8));
  p = fma(p, s, f32x4.splat(1.48572235717979e-5));
  p = fma(p, s, f32x4.splat(6.37261928875436e-4));
  p = fma(p, s, f32x4.splat(4.89352455891786e-3));
  let q = fma(s, f32x4.splat(1.19825839466702e-6), f32x4.splat(1.18534705686654e-4));
  q = fma(q, s, f32x4.splat(2.26843463243900e-3));
  q = fma(q, s, f32x4.splat(4.89352518554385e-3));
  return f32x4.div(f32x4.mul(c, p), q);
}

/** 1 / (1 + e^−x), relative error under 3e-7. */
// @ts-ignore: decorator
@inline
export function sigmoid(x: v128): v128 {
  const one = f32x4.splat(1.0);
  return f32x4.div(one, f32x4.add(one, exp(f32x4.neg(x))));
}

/** ln(1 + e^x) = max(x, 0) + ln(1 + e^−|x|), relative error under 3e-7 above x = −87. */
export function softplus(x: v128): v128 {
  const one = f32x4.splat(1.0);
  const z = exp(f32x4.neg(f32x4.abs(x)));
  const u = f32x4.add(one, z);
  const rounding = f32x4.div(f32x4.sub(z, f32x4.sub(u, one)), u); // what 1 + z lost
  return f32x4.add(f32x4.pmax(x, f32x4.splat(0.0)), f32x4.add(log(u), rounding));
}

/** ln of one number: a call of its own, so that nothing moves it into a loop. */
export function logOf(x: f32): f32 {
  return f32x4.extract_lane(log(f32x4.splat(x)), 0);
}
