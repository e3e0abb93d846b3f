// The LSTM cell, from the sums of its gates x·kernel + h·recurrentKernel + bias
//
//   i, f, o = sigmoid, g = tanh;  c′ = f c + i g;  h′ = o tanh(c′)
//
// Gates are rows [i, f, g, o], each of u = units padded to four.
import { sigmoid, tanh } from '../../core/assembly/elementary';
import { floats, fma, fnma } from '../../core/assembly/lanes';

/** Squashes `gates` in place; writes c′ (`cell`), tanh c′ (`squashed`) and h′ (`hidden`). */
export function lstm(gates: usize, previous: usize, cell: usize, squashed: usize, hidden: usize, u: i32): void {
  const row = floats(u);
  for (let p: usize = 0; p < row; p += 16) {
    const at = gates + p;
    const i = sigmoid(v128.load(at)), f = sigmoid(v128.load(at + row));
    const g = tanh(v128.load(at + 2 * row)), o = sigmoid(v128.load(at + 3 * row));
    v128.store(at, i), v128.store(at + row, f), v128.store(at + 2 * row, g), v128.store(at + 3 * row, o);
    const c = fma(f, v128.load(previous + p), f32x4.mul(i, g));
    const t = tanh(c);
    v128.store(cell + p, c), v128.store(squashed + p, t), v128.store(hidden + p, f32x4.mul(o, t));
  }
}

/**
 * From dh′ (`dHidden`) and dc′ (`dCell`, which becomes dc) to the gradients of the sums of the gates:
 *
 *   δ = dc′ + dh′ o (1 − tanh² c′);  di = δ g i (1 − i);  df = δ c f (1 − f);  dg = δ i (1 − g²)
 *   do = dh′ tanh(c′) o (1 − o);  dc = δ f
 */
export function lstmBackward(
  dGates: usize, dCell: usize, dHidden: usize, gates: usize, previous: usize, squashed: usize, u: i32,
): void {
  const row = floats(u), one = f32x4.splat(1);
  for (let p: usize = 0; p < row; p += 16) {
    const at = gates + p, to = dGates + p;
    const i = v128.load(at), f = v128.load(at + row), g = v128.load(at + 2 * row), o = v128.load(at + 3 * row);
    const t = v128.load(squashed + p), dh = v128.load(dHidden + p);
    const d = fma(f32x4.mul(dh, o), fnma(t, t, one), v128.load(dCell + p));
    v128.store(to, f32x4.mul(f32x4.mul(d, g), fnma(i, i, i)));
    v128.store(to + row, f32x4.mul(f32x4.mul(d, v128.load(previous + p)), fnma(f, f, f)));
    v128.store(to + 2 * row, f32x4.mul(f32x4.mul(d, i), fnma(g, g, one)));
    v128.store(to + 3 * row, f32x4.mul(f32x4.mul(dh, t), fnma(o, o, o)));
    v128.store(dCell + p, f32x4.mul(d, f));
  }
}
