// The functions of four lanes that steps use most. NaN gives NaN.
import * as elementary from '../../core/assembly/elementary';

/** e^x, relative error under 2e-7 where it is normal; 0 below −87.7. */
export function exp(x: v128): v128 {
  return elementary.exp(x);
}

/** ln x, error under 2e-7 of max(|ln x|, 1), also of subnormals; −Infinity of 0 and NaN below. */
export function log(x: v128): v128 {
  const small = f32x4.lt(x, f32x4.splat(1.17549435e-38));
  const normal = v128.bitselect(f32x4.mul(x, f32x4.splat(16777216.0)), x, small);
  const y = f32x4.sub(elementary.log(normal), v128.and(small, f32x4.splat(16.6355323)));
  const zero = f32x4.splat(0.0);
  return v128.or(v128.bitselect(f32x4.splat(-Infinity), y, f32x4.eq(x, zero)), f32x4.lt(x, zero));
}

/** Error under 4e-7 of |tanh x|. */
export function tanh(x: v128): v128 {
  return elementary.tanh(x);
}

/** 1 / (1 + e^−x), relative error under 3e-7 where it is normal. */
export function sigmoid(x: v128): v128 {
  return elementary.sigmoid(x);
}

/** ln(1 + e^x), relative error under 3e-7 where it is normal. */
export function softplus(x: v128): v128 {
  return elementary.softplus(x);
}

/** x^y, relative error under 2e-7 where it is normal, with the special cases of `Math.pow`. */
export function pow(x: v128, y: v128): v128 {
  const swap = v128.shuffle<f32>(x, x, 2, 3, 0, 1), swapY = v128.shuffle<f32>(y, y, 2, 3, 0, 1);
  const low = f32x4.demote_f64x2_zero(powOfTwo(x, y)), high = f32x4.demote_f64x2_zero(powOfTwo(swap, swapY));
  const size = v128.shuffle<f32>(low, high, 0, 1, 4, 5);
  const zero = f32x4.splat(0.0), half = f32x4.mul(y, f32x4.splat(0.5));
  const whole = f32x4.eq(f32x4.trunc(y), y);
  const odd = v128.andnot(whole, f32x4.eq(f32x4.trunc(half), half));
  const signed = v128.xor(size, v128.and(v128.and(x, odd), f32x4.splat(-0.0)));
  const negative = v128.and(f32x4.lt(x, zero), f32x4.gt(x, f32x4.splat(-Infinity)));
  const result = v128.or(signed, v128.andnot(negative, whole)); // all bits set: NaN
  return v128.bitselect(f32x4.splat(1.0), result, f32x4.eq(y, zero));
}

/** |x|^y of the first two lanes, as f64. */
function powOfTwo(x: v128, y: v128): v128 {
  const t = f64x2.mul(logOfTwo(f64x2.promote_low_f32x4(f32x4.abs(x))), f64x2.promote_low_f32x4(y));
  const limited = f64x2.pmin(f64x2.pmax(t, f64x2.splat(-200.0)), f64x2.splat(200.0)); // NaN stays
  // e^t = 2^n e^r as in elementary.exp; 1023 is the bias of a float64's exponent.
  const rounder = f64x2.splat(6755399441055744.0 + 1023.0);
  const shifted = f64x2.add(f64x2.mul(limited, f64x2.splat(1.4426950408889634)), rounder);
  const n = f64x2.sub(shifted, rounder);
  const r = f64x2.sub(limited, f64x2.mul(n, f64x2.splat(0.6931471805599453)));
  let p = f64x2.add(f64x2.mul(r, f64x2.splat(1.0 / 720.0)), f64x2.splat(1.0 / 120.0));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 24.0));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 6.0));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(0.5));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0));
  return f64x2.mul(p, i64x2.shl(shifted, 52));
}

/** ln x of two float64 ≥ 0 that are normal, 0, Infinity or NaN; error under 1e-9 of |ln x|. */
export function logOfTwo(x: v128): v128 {
  // x = 2^n m with √½ ≤ m < √2, as in elementary.log
  const offset = i64x2.sub(x, i64x2.splat(0x3fe6a09e667f3bcd));
  const n = f64x2.convert_low_i32x4_s(i32x4.shr_s(v128.shuffle<i32>(offset, offset, 1, 3, 1, 3), 20));
  const m = i64x2.sub(x, v128.and(offset, i64x2.splat(0xfff0000000000000)));
  const one = f64x2.splat(1.0);
  const s = f64x2.div(f64x2.sub(m, one), f64x2.add(m, one)), z = f64x2.mul(s, s);
  let p = f64x2.add(f64x2.mul(z, f64x2.splat(2.0 / 9.0)), f64x2.splat(2.0 / 7.0));
  p = f64x2.add(f64x2.mul(p, z), f64x2.splat(2.0 / 5.0));
  p = f64x2.add(f64x2.mul(p, z), f64x2.splat(2.0 / 3.0));
  p = f64x2.add(f64x2.mul(p, z), f64x2.splat(2.0));
  const y = f64x2.add(f64x2.mul(n, f64x2.splat(0.6931471805599453)), f64x2.mul(p, s));
  const finite = v128.bitselect(y, x, f64x2.lt(x, f64x2.splat(Infinity)));
  return v128.bitselect(f64x2.splat(-Infinity), finite, f64x2.eq(x, f64x2.splat(0.0)));
}
