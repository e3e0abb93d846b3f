// Interpolation (Graves et al. 2014, equation 7)
//
//   w_g(i) = g w_c(i) + (1 − g) w_prev(i)
import { floats, fma, sumOf } from '../../core/assembly/lanes';

/** Writes w_g, [n]. Two products, not w_prev + g (w_c − w_prev), which can round below 0. */
export function interpolate(gated: usize, content: usize, previous: usize, gate: f32, n: i32): void {
  const g = f32x4.splat(gate), rest = f32x4.splat(<f32>1 - gate);
  for (const end = gated + floats(n); gated < end; gated += 16, content += 16, previous += 16) {
    v128.store(gated, fma(g, v128.load(content), f32x4.mul(rest, v128.load(previous))));
  }
}

/** Writes dw_c = g dw_g and dw_prev = (1 − g) dw_g, and returns dg = Σ dw_g (w_c − w_prev). */
export function interpolateBackward(
  dContent: usize, dPrevious: usize, dGated: usize, content: usize, previous: usize, gate: f32, n: i32,
): f32 {
  const g = f32x4.splat(gate), rest = f32x4.splat(<f32>1 - gate);
  const stride = floats(n);
  let dGate = f32x4.splat(0);
  for (let i: usize = 0; i < stride; i += 16) {
    const d = v128.load(dGated + i);
    dGate = fma(d, f32x4.sub(v128.load(content + i), v128.load(previous + i)), dGate);
    v128.store(dContent + i, f32x4.mul(g, d));
    v128.store(dPrevious + i, f32x4.mul(rest, d));
  }
  return sumOf(dGate);
}
