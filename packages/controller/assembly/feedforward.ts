// The feed-forward controller, from its sums x·kernel + bias
//
//   h = tanh(sum)
//
// Rows are `u` floats, padded to four.
import { tanh } from '../../core/assembly/elementary';
import { floats, fnma } from '../../core/assembly/lanes';

/** Writes h. */
export function feedforward(hidden: usize, sums: usize, u: i32): void {
  const row = floats(u);
  for (let p: usize = 0; p < row; p += 16) v128.store(hidden + p, tanh(v128.load(sums + p)));
}

/** dsum = dh (1 − h²) */
export function feedforwardBackward(dSums: usize, dHidden: usize, hidden: usize, u: i32): void {
  const row = floats(u), one = f32x4.splat(1);
  for (let p: usize = 0; p < row; p += 16) {
    const h = v128.load(hidden + p);
    v128.store(dSums + p, f32x4.mul(v128.load(dHidden + p), fnma(h, h, one)));
  }
}
