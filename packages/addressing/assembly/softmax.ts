import { exp } from '../../core/assembly/elementary';
import { firstLanes, floats, sumOf } from '../../core/assembly/lanes';

/** w(i) = e^{β z(i)} / Σ_j e^{β z(j)}, `greatest` = max z; 0 from N to n. */
export function softmax(weights: usize, z: usize, beta: f32, greatest: f32, N: i32, n: i32): void {
  // e^{β (z(i) − z₀)} ≤ 1, and exactly 1 for the greatest, so that a weight alone is exactly 1, and w (dw − Σ w dw) then 0
  const factor = f32x4.splat(beta), origin = f32x4.splat(beta < 0 ? leastOf(z, N) : greatest);
  let sum = f32x4.splat(0), w = weights;
  for (let left = N; left > 0; left -= 16, w += 64, z += 64) {
    let a = exp(f32x4.mul(factor, f32x4.sub(v128.load(z), origin)));
    let b = exp(f32x4.mul(factor, f32x4.sub(v128.load(z, 16), origin)));
    let c = exp(f32x4.mul(factor, f32x4.sub(v128.load(z, 32), origin)));
    let d = exp(f32x4.mul(factor, f32x4.sub(v128.load(z, 48), origin)));
    if (left < 16) {
      a = v128.and(a, firstLanes(left)), b = v128.and(b, firstLanes(left - 4));
      c = v128.and(c, firstLanes(left - 8)), d = v128.and(d, firstLanes(left - 12));
    }
    v128.store(w, a), v128.store(w, b, 16), v128.store(w, c, 32), v128.store(w, d, 48);
    sum = f32x4.add(sum, f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
  }
  normalize(weights, <f32>1 / sumOf(sum), n);
}

function leastOf(z: usize, N: i32): f32 {
  let least: f32 = Infinity;
  for (const end = z + floats(N); z < end; z += 4) least = min(least, load<f32>(z));
  return least;
}

function normalize(weights: usize, factor: f32, n: i32): void {
  const inverse = f32x4.splat(factor);
  for (const end = weights + floats(n); weights < end; weights += 64) {
    v128.store(weights, f32x4.mul(inverse, v128.load(weights)));
    v128.store(weights, f32x4.mul(inverse, v128.load(weights, 16)), 16);
    v128.store(weights, f32x4.mul(inverse, v128.load(weights, 32)), 32);
    v128.store(weights, f32x4.mul(inverse, v128.load(weights, 48)), 48);
  }
}
