// A strip is a matrix [rows, n] whose rows stand one behind the other and are padded to n, a multiple of 16 floats: loops
// take four vectors at a time. The tape is a strip of M rows, one a column of the memory, so that loops run along N.
import { floats, fma, loadFirst, storeFirst, sumsOf } from './lanes';

export function zero(to: usize, n: i32): void {
  memory.fill(to, 0, floats(n));
}

export function copy(to: usize, from: usize, n: i32): void {
  memory.copy(to, from, floats(n));
}

/**
 * Zeros behind the first `width` floats of each of `blocks` blocks of `stride`. An infinite input makes NaN of the zeros
 * that pad its weights, and the NaN of one place must not come into a sum over all.
 */
export function clearPadding(row: usize, width: i32, stride: i32, blocks: i32): void {
  for (let b = 0; b < blocks; b++, row += floats(stride)) {
    for (let i = width; i < stride; i++) store<f32>(row + floats(i), 0);
  }
}

/** to += from. */
export function add(to: usize, from: usize, n: i32): void {
  const end = to + floats(n & ~3);
  for (; to < end; to += 16, from += 16) v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
  for (let i = 0; i < (n & 3); i++, to += 4, from += 4) store<f32>(to, load<f32>(to) + load<f32>(from));
}

/** out(m) += Σ_n strip(m, n) weights(n) */
export function addRowSums(out: usize, strip: usize, weights: usize, rows: i32, n: i32): void {
  const stride = floats(n);
  for (let m = 0; m < rows; m += 4, out += 16, strip += stride << 2) {
    const left = rows - m;
    const sums = left >= 4 ? fourRowSums(strip, weights, stride) : fewRowSums(strip, weights, stride, left);
    storeFirst(out, f32x4.add(sums, loadFirst(out, left)), left);
  }
}

// @ts-ignore: decorator
@inline
function fourRowSums(strip: usize, weights: usize, stride: usize): v128 {
  let a = f32x4.splat(0), b = f32x4.splat(0), c = f32x4.splat(0), d = f32x4.splat(0);
  const second = strip + stride, third = second + stride, fourth = third + stride;
  for (let i: usize = 0; i < stride; i += 32) {
    const w = v128.load(weights + i), v = v128.load(weights + i, 16);
    a = fma(w, v128.load(strip + i), a), a = fma(v, v128.load(strip + i, 16), a);
    b = fma(w, v128.load(second + i), b), b = fma(v, v128.load(second + i, 16), b);
    c = fma(w, v128.load(third + i), c), c = fma(v, v128.load(third + i, 16), c);
    d = fma(w, v128.load(fourth + i), d), d = fma(v, v128.load(fourth + i, 16), d);
  }
  return sumsOf(a, b, c, d);
}

function fewRowSums(strip: usize, weights: usize, stride: usize, rows: i32): v128 {
  const nothing = f32x4.splat(0);
  let a = nothing, b = nothing, c = nothing;
  const second = rows > 1 ? strip + stride : strip, third = rows > 2 ? second + stride : strip;
  for (let i: usize = 0; i < stride; i += 16) {
    const w = v128.load(weights + i);
    a = fma(w, v128.load(strip + i), a);
    b = fma(w, v128.load(second + i), b);
    c = fma(w, v128.load(third + i), c);
  }
  return sumsOf(a, b, c, nothing);
}

/** out(n) += Σ_m factors(m) strip(m, n) */
export function addColumnSums(out: usize, strip: usize, factors: usize, rows: i32, n: i32): void {
  const stride = floats(n), last = factors + floats(rows);
  for (const end = out + stride; out < end; out += 64, strip += 64) {
    let a = v128.load(out), b = v128.load(out, 16), c = v128.load(out, 32), d = v128.load(out, 48);
    for (let factor = factors, row = strip; factor < last; factor += 4, row += stride) {
      const k = v128.load32_splat(factor);
      a = fma(k, v128.load(row), a), b = fma(k, v128.load(row, 16), b);
      c = fma(k, v128.load(row, 32), c), d = fma(k, v128.load(row, 48), d);
    }
    v128.store(out, a), v128.store(out, b, 16), v128.store(out, c, 32), v128.store(out, d, 48);
  }
}

/** strip(m, n) += factors(m) weights(n) */
export function addOuter(strip: usize, factors: usize, weights: usize, rows: i32, n: i32): void {
  const stride = floats(n), last = factors + floats(rows);
  for (const end = weights + stride; weights < end; weights += 64, strip += 64) {
    const a = v128.load(weights), b = v128.load(weights, 16), c = v128.load(weights, 32), d = v128.load(weights, 48);
    for (let factor = factors, row = strip; factor < last; factor += 4, row += stride) {
      const k = v128.load32_splat(factor);
      v128.store(row, fma(k, a, v128.load(row))), v128.store(row, fma(k, b, v128.load(row, 16)), 16);
      v128.store(row, fma(k, c, v128.load(row, 32)), 32), v128.store(row, fma(k, d, v128.load(row, 48)), 48);
    }
  }
}

/** strip [columns, n] = rows [N, columns] turned, zeros from N to n */
export function turn(strip: usize, rows: usize, N: i32, columns: i32, n: i32): void {
  const stride = floats(n);
  for (let m = 0; m < columns; m++, strip += stride, rows += 4) {
    let from = rows;
    for (let i = 0; i < N; i++, from += floats(columns)) store<f32>(strip + floats(i), load<f32>(from));
    for (let i = N; i < n; i++) store<f32>(strip + floats(i), 0);
  }
}

/** rows [N, columns] = strip [columns, n] turned back; added where `adding` */
export function turnBack(rows: usize, strip: usize, N: i32, columns: i32, n: i32, adding: bool): void {
  const stride = floats(n);
  for (let m = 0; m < columns; m++, strip += stride, rows += 4) {
    let to = rows;
    for (let i = 0; i < N; i++, to += floats(columns)) {
      const value = load<f32>(strip + floats(i));
      store<f32>(to, adding ? load<f32>(to) + value : value);
    }
  }
}
