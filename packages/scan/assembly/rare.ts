// Functions that steps rarely use, one lane at a time in float64; relative error under 2e-7. The order of `Rare` is that
// of `rare` in src/emit/functions.ts.
import { logOfTwo } from './vectors';

const enum Rare { acos, acosh, asin, asinh, atan, atanh, cos, cosh, erf, expm1, log1p, sin, sinh, tan, atan2, floorDiv, mod }

/** The function `f` of four lanes, or of four pairs of lanes. */
export function rare(a: v128, b: v128, f: i32): v128 {
  let y = f32x4.splat(valueOf(f, f32x4.extract_lane(a, 0), f32x4.extract_lane(b, 0)));
  y = f32x4.replace_lane(y, 1, valueOf(f, f32x4.extract_lane(a, 1), f32x4.extract_lane(b, 1)));
  y = f32x4.replace_lane(y, 2, valueOf(f, f32x4.extract_lane(a, 2), f32x4.extract_lane(b, 2)));
  return f32x4.replace_lane(y, 3, valueOf(f, f32x4.extract_lane(a, 3), f32x4.extract_lane(b, 3)));
}

function valueOf(f: i32, single: f32, second: f32): f32 {
  return <f32>functionOf(f, single, second);
}

function functionOf(f: i32, x: f64, y: f64): f64 {
  const size = abs(x);
  switch (f) {
    case Rare.acos: return atan2(sqrt((1.0 - x) * (1.0 + x)), x);
    case Rare.acosh: return log1p(x - 1.0 + sqrt(x - 1.0) * sqrt(x + 1.0));
    case Rare.asin: return atan2(x, sqrt((1.0 - x) * (1.0 + x)));
    case Rare.asinh: return copysign(log1p(size + size / (1.0 / size + sqrt(1.0 + 1.0 / (x * x)))), x);
    case Rare.atan: return atan2(x, 1.0);
    case Rare.atanh: return 0.5 * log1p((x + x) / (1.0 - x));
    case Rare.cos: return sine(x, 1);
    case Rare.cosh: {
      const e = expm1(size);
      return 0.5 * (e + 1.0 + 1.0 / (e + 1.0));
    }
    case Rare.erf: return erf(x);
    case Rare.expm1: return expm1(x);
    case Rare.log1p: return log1p(x);
    case Rare.sin: return sine(x, 0);
    case Rare.sinh: {
      const e = expm1(size);
      return copysign(0.5 * (e + e / (e + 1.0)), x);
    }
    case Rare.tan: return sine(x, 0) / sine(x, 1);
    case Rare.atan2: return atan2(x, y);
    case Rare.floorDiv: return floor(x / y);
    default: { // mod, with the sign of y, as tfjs computes it
      const rest = remainder(x, y);
      return (x < 0.0 && y < 0.0) || (x >= 0.0 && y >= 0.0) ? rest : remainder(rest + y, y);
    }
  }
}

function log1p(x: f64): f64 {
  if (abs(x) < 1e-8) return x;
  const one = 1.0 + x;
  return one < 0.0 ? NaN : f64x2.extract_lane(logOfTwo(f64x2.splat(one)), 0);
}

/** e^x − 1 as a float32 has it: beyond ±100 it stays the same. */
function expm1(x: f64): f64 {
  x = min(max(x, -100.0), 100.0);
  // 2^n (e^r − 1) + 2^n − 1 with |r| ≤ ln 2 / 2
  const n = nearest(x * 1.4426950408889634), r = x - n * 0.6931471805599453;
  const scale = reinterpret<f64>((<i64>n + 1023) << 52);
  let p = r * (1.0 / 5040.0) + 1.0 / 720.0;
  p = p * r + 1.0 / 120.0;
  p = p * r + 1.0 / 24.0;
  p = p * r + 1.0 / 6.0;
  p = p * r + 0.5;
  return scale * (p * r * r + r) + (scale - 1.0);
}

/** Polynomials in x² below 1; above, 1 − e^−x² times one in 1 / (1 + x/2). */
function erf(x: f64): f64 {
  const size = min(abs(x), 4.0), square = size * size;
  if (size < 1.0) {
    let p = square * -0.0005631419003030776 + 0.004917550615106098;
    p = p * square - 0.02671131059122286;
    p = p * square + 0.11280180085625656;
    p = p * square - 0.37612326183227546;
    return x * (p * square + 1.1283791224931543);
  }
  const t = 1.0 / (1.0 + 0.5 * size);
  const p = ((t * 0.630947318856182 + 0.021456106717747104) * t + 0.35961385412075575) * t - 0.008642302198427149;
  return copysign(1.0 - p * (expm1(-square) + 1.0), x);
}

function atan2(y: f64, x: f64): f64 {
  const up = abs(y), along = abs(x), steep = up > along;
  let z = steep ? along / up : up / along;
  if (up == along) z = up > 0.0 ? 1.0 : 0.0; // also where both are 0 or Infinity
  const far = z > 0.4142135623730950;
  if (far) z = (z - 1.0) / (z + 1.0);
  const s = z * z;
  let angle = s * 0.07986628766052761 - 0.13852055701261845;
  angle = angle * s + 0.19974467345935343;
  angle = angle * s - 0.3333279910763343;
  angle = (angle * s + 0.9999999819907158) * z;
  if (far) angle += 0.7853981633974483;
  if (steep) angle = 1.5707963267948966 - angle;
  if (copysign(1.0, x) < 0.0) angle = 3.141592653589793 - angle;
  return copysign(angle, y);
}

/** sin(x + quarter · π/2) */
function sine(x: f64, quarter: i32): f64 {
  const size = abs(x);
  let n: i32, r: f64;
  if (size < 8388608.0) {
    const turns = nearest(size * 0.6366197723675814);
    n = <i32>turns;
    r = size - turns * 1.570796325802803 - turns * 9.920935796805404e-10; // 30 bits of π/2, and the rest
  } else if (size < Infinity) {
    // x = m 2^e, m of 24 bits and e ≥ 0. What 1/(2π) has behind its first e bits, times m, is the part of a turn.
    const bits = reinterpret<i32>(<f32>size), e = (bits >> 23) - 150;
    const m = <i64>((bits & 0x7fffff) | 0x800000);
    const turn = m * turnBits(e) + (m * (turnBits(e + 64) >>> 32) >>> 32);
    n = <i32>((turn + 0x2000000000000000) >>> 62);
    r = <f64>(turn - (<i64>n << 62)) * 3.4061215800304156e-19; // π/2 / 2^62
  } else return NaN;
  n += quarter;
  const s = r * r;
  let y: f64;
  if (n & 1) {
    y = 1.0 + s * (s * (1.0 / 24.0 + s * (s * (1.0 / 40320.0) - 1.0 / 720.0)) - 0.5);
  } else {
    y = r + r * s * (s * (1.0 / 120.0 + s * (s * (1.0 / 362880.0) - 1.0 / 5040.0)) - 1.0 / 6.0);
  }
  if (n & 2) y = -y;
  return quarter == 0 && x < 0.0 ? -y : y;
}

/** 64 bits of 1/(2π) behind its first `start`. */
function turnBits(start: i32): i64 {
  const shift = start & 63, word = start >> 6;
  return (turnWord(word) << shift) | (turnWord(word + 1) >>> 1 >>> (63 - shift));
}

// @ts-ignore: decorator
@inline
function turnWord(i: i32): i64 {
  return i == 0 ? 0x28be60db9391054a : i == 1 ? 0x7f09d5f47d4d3770 : i == 2 ? 0x36d8a5664f10e410 : 0;
}

/** x % y, exact: whole multiples of y are taken off, of 24 bits each, which leaves every product and difference exact. */
function remainder(x: f64, y: f64): f64 {
  const by = abs(y);
  let rest = abs(x);
  if (!(by < Infinity)) return rest < by ? x : NaN;
  while (rest >= by) {
    const times = rest / by;
    rest -= by * floor(reinterpret<f64>(reinterpret<i64>(times) & 0xffffffffe0000000));
  }
  return copysign(rest, x);
}
