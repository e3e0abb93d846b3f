// RMSProp in the form of Graves 2013, and the global norm that clips its gradients
//
//   n ← ρ n + (1 − ρ) g²;  ḡ ← ρ ḡ + (1 − ρ) g;  Δ ← μ Δ − η g / √(max(n − ḡ², 0) + ε);  θ ← θ + Δ
//
// g is the gradient times `scale`, each component then kept within ±`bound`. Rows of any length, aligned to 4 bytes.
// m² is rounded before it is taken off n, so that an overflow of both gives NaN. pmin and pmax keep a NaN that comes first.
import { floats, fma, loadFirst, storeFirst, sumOf } from '../../core/assembly/lanes';

/** Σ g², each run of 1,024 summed in float32, or in float64 where that overflows, and the runs in float64. */
export function sumOfSquares(gradient: usize, count: i32): f64 {
  let total: f64 = 0;
  for (let start = 0; start < count; start += 1024) {
    const row = gradient + floats(start), size = min(1024, count - start);
    const sum = sumInSingles(row, size);
    total += sum < Infinity ? sum : sumInDoubles(row, size);
  }
  return total;
}

function sumInDoubles(row: usize, count: i32): f64 {
  let sum: f64 = 0;
  for (let i = 0; i < count; i++) {
    const g = <f64>load<f32>(row + floats(i));
    sum += g * g;
  }
  return sum;
}

function sumInSingles(row: usize, count: i32): f64 {
  let a = f32x4.splat(0), b = f32x4.splat(0);
  const end = row + floats(count & ~7);
  for (; row < end; row += 32) {
    const u = v128.load(row), v = v128.load(row, 16);
    a = fma(u, u, a), b = fma(v, v, b);
  }
  for (let left = count & 7; left > 0; left -= 4, row += 16) {
    const u = loadFirst(row, left);
    a = fma(u, u, a);
  }
  return sumOf(f32x4.add(a, b));
}

/** Writes the new θ (`next`) and updates n (`squares`), ḡ (`means`) and Δ (`updates`), `count` floats each. */
export function gravesRmsProp(
  next: usize, parameter: usize, gradient: usize, squares: usize, means: usize, updates: usize, count: i32,
  rate: f32, decay: f32, momentum: f32, epsilon: f32, scale: f32, bound: f32,
): void {
  const rho = f32x4.splat(decay), rest = f32x4.splat(<f32>1 - decay), mu = f32x4.splat(momentum);
  const eta = f32x4.splat(rate), least = f32x4.splat(epsilon), factor = f32x4.splat(scale);
  const high = f32x4.splat(bound), low = f32x4.splat(-bound);
  const bytes = floats(count & ~3);
  for (let i: usize = 0; i < bytes; i += 16) {
    const g = f32x4.pmin(f32x4.pmax(f32x4.mul(factor, v128.load(gradient + i)), low), high);
    const part = f32x4.mul(rest, g);
    const n = fma(rho, v128.load(squares + i), f32x4.mul(part, g));
    const m = fma(rho, v128.load(means + i), part);
    const root = f32x4.sqrt(f32x4.add(f32x4.pmax(f32x4.sub(n, f32x4.mul(m, m)), f32x4.splat(0)), least));
    const d = f32x4.sub(f32x4.mul(mu, v128.load(updates + i)), f32x4.div(f32x4.mul(eta, g), root));
    v128.store(squares + i, n), v128.store(means + i, m), v128.store(updates + i, d);
    v128.store(next + i, f32x4.add(v128.load(parameter + i), d));
  }
  const left = count & 3;
  if (left == 0) return;
  const g = f32x4.pmin(f32x4.pmax(f32x4.mul(factor, loadFirst(gradient + bytes, left)), low), high);
  const part = f32x4.mul(rest, g);
  const n = fma(rho, loadFirst(squares + bytes, left), f32x4.mul(part, g));
  const m = fma(rho, loadFirst(means + bytes, left), part);
  const root = f32x4.sqrt(f32x4.add(f32x4.pmax(f32x4.sub(n, f32x4.mul(m, m)), f32x4.splat(0)), least));
  const d = f32x4.sub(f32x4.mul(mu, loadFirst(updates + bytes, left)), f32x4.div(f32x4.mul(eta, g), root));
  storeFirst(squares + bytes, n, left), storeFirst(means + bytes, m, left), storeFirst(updates + bytes, d, left);
  storeFirst(next + bytes, f32x4.add(loadFirst(parameter + bytes, left), d), left);
}
