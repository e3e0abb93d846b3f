// Products as a compiled step needs them, and sums over rows. Pitches are in floats, steps in bytes.
import { addProduct, addRowProductTransposed, transposedProduct } from '../../core/assembly/matrix';
import { floats, padded8, storeFirst } from '../../core/assembly/lanes';

/**
 * out [rows, depth] += a [rows, columns] · wᵀ, from w [depth, columns], packed, and turned as `packTransposed` does it. A
 * single row takes what is packed. Columns are padded to eight: what stands behind the rows of a must be finite.
 */
export function addTurnedProduct(
  out: usize, pitch: i32, a: usize, aPitch: i32, packed: usize, turned: usize, work: usize,
  rows: i32, depth: i32, columns: i32,
): void {
  if (rows == 1) addRowProductTransposed(out, a, packed, work, depth, columns);
  else addProduct(out, pitch, a, aPitch, turned, rows, columns, padded8(depth));
}

/** out [depth, width] (+)= aᵀ·d over rows; `extra` holds another such product where it is added. */
export function addWeightSlope(
  out: usize, a: usize, aPitch: i32, d: usize, dPitch: i32, work: usize, extra: usize,
  rows: i32, depth: i32, width: i32, adding: i32,
): void {
  const to = adding ? extra : out;
  transposedProduct(to, a, aPitch, d, dPitch, work, rows, depth, width, 1, padded8(width));
  if (!adding) return;
  for (const end = out + floats(depth * width); out < end; out += 4, extra += 4) {
    store<f32>(out, load<f32>(out) + load<f32>(extra));
  }
}

/** out [count] = Σ over rows of d. */
export function sumRowsOf(out: usize, d: usize, step: usize, rows: i32, count: i32): void {
  let j = 0;
  for (; j + 16 <= count; j += 16, out += 64, d += 64) {
    let a = f32x4.splat(0), b = a, c = a, e = a;
    for (let i = 0, p = d; i < rows; i++, p += step) {
      a = f32x4.add(a, v128.load(p)), b = f32x4.add(b, v128.load(p, 16));
      c = f32x4.add(c, v128.load(p, 32)), e = f32x4.add(e, v128.load(p, 48));
    }
    v128.store(out, a), v128.store(out, b, 16), v128.store(out, c, 32), v128.store(out, e, 48);
  }
  for (; j < count; j += 4, out += 16, d += 16) {
    let a = f32x4.splat(0);
    for (let i = 0, p = d; i < rows; i++, p += step) a = f32x4.add(a, v128.load(p));
    storeFirst(out, a, count - j);
  }
}

/** Zeros in rows of `count` floats. */
export function clearRows(to: usize, step: usize, count: i32, rows: i32): void {
  for (; rows > 0; rows--, to += step) memory.fill(to, 0, floats(count));
}
