// Products as a compiled step needs them, and sums over rows. Pitches are in floats, steps in bytes.
import { addProduct, addRowProductTransposed, transposedProduct } from '../../core/assembly/matrix';
import { floats, loadFirst, padded8, storeFirst } from '../../core/assembly/lanes';

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
  memory.fill(out, 0, floats(count));
  let i = 0;
  for (; i + 4 <= rows; i += 4, d += step << 2) addFourRows(out, d, d + step, d + (step << 1), d + 3 * step, count);
  for (; i < rows; i++, d += step) addFourRows(out, d, 0, 0, 0, count);
}

/** out += Σ of four rows, or of the first alone where the others are 0. */
function addFourRows(out: usize, a: usize, b: usize, c: usize, d: usize, count: i32): void {
  for (let j = 0; j < count; j += 4, out += 16, a += 16) {
    let sum = v128.load(a);
    if (b != 0) {
      sum = f32x4.add(f32x4.add(sum, v128.load(b)), f32x4.add(v128.load(c), v128.load(d)));
      b += 16, c += 16, d += 16;
    }
    const left = count - j;
    if (left >= 4) v128.store(out, f32x4.add(v128.load(out), sum));
    else storeFirst(out, f32x4.add(loadFirst(out, left), sum), left);
  }
}

/** Zeros in rows of `count` floats. */
export function clearRows(to: usize, step: usize, count: i32, rows: i32): void {
  for (; rows > 0; rows--, to += step) memory.fill(to, 0, floats(count));
}
