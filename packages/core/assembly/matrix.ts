// Products of small matrices. Weights are packed once a call into panels of 24 columns, [panel][row][24], the last panel
// narrower, so that the kernels read them in one stream; rows of everything else are padded to eight floats (`padded8`)
// with zeros. 24, because six sums, six loads and a factor fit the 16 registers even where the engine's scheduler moves all
// loads of a loop to its front.
//
// A weight of several `blocks` (the gates of an LSTM) has each block of `width` columns padded on its own to `stride`.
import { floats, fma, loadFirst, storeFirst, sumsOf } from './lanes';

const panelColumns: i32 = 24;

/** The columns of the panel that starts at column `start`. */
// @ts-ignore: decorator
@inline
function widthOf(start: i32, columns: i32): i32 {
  return min(panelColumns, columns - start);
}

/** Packs `from` [rows, blocks · width]. */
export function pack(to: usize, from: usize, rows: i32, width: i32, blocks: i32, stride: i32): void {
  const columns = blocks * stride, pitch = floats(blocks * width);
  for (let start = 0; start < columns; start += panelColumns) {
    const panel = to + floats(start * rows), count = widthOf(start, columns);
    if (stride == width && count == panelColumns) {
      packPanel(panel, from + floats(start), pitch, rows);
      continue;
    }
    for (let j = start; j < start + count; j += 4) {
      const block = j / stride, offset = j % stride;
      packQuad(
        panel + floats(j - start), floats(count), from + floats(block * width + offset), pitch, rows, width - offset);
    }
  }
}

/** A panel of 24 columns that are all there. */
function packPanel(to: usize, from: usize, pitch: usize, rows: i32): void {
  for (let k = 0; k < rows; k++, from += pitch, to += 96) {
    v128.store(to, v128.load(from)), v128.store(to, v128.load(from, 16), 16);
    v128.store(to, v128.load(from, 32), 32), v128.store(to, v128.load(from, 48), 48);
    v128.store(to, v128.load(from, 64), 64), v128.store(to, v128.load(from, 80), 80);
  }
}

/** Four columns, of which `count` are there. */
function packQuad(to: usize, step: usize, from: usize, pitch: usize, rows: i32, count: i32): void {
  if (count >= 4) {
    for (let k = 0; k < rows; k++, from += pitch, to += step) v128.store(to, v128.load(from));
  } else {
    for (let k = 0; k < rows; k++, from += pitch, to += step) {
      v128.store(to, count > 0 ? loadFirst(from, count) : f32x4.splat(0));
    }
  }
}

/** Packs the transpose, [columns, padded8(rows)], of what `pack` wrote, [rows, columns]: a square of panels at a time. */
export function packTransposed(to: usize, packed: usize, rows: i32, columns: i32): void {
  const turnedColumns = (rows + 7) & ~7;
  for (let k = 0; k < turnedColumns; k += panelColumns) {
    const countTo = widthOf(k, turnedColumns), panelTo = to + floats(k * columns);
    for (let j = 0; j < columns; j += panelColumns) {
      const count = widthOf(j, columns);
      turnSquare(
        panelTo + floats(countTo * j), countTo, packed + floats(j * rows + count * k), count, rows - k);
    }
  }
}

/** to [count, countTo] = from [countTo, count] turned, of which `rows` are there. */
function turnSquare(to: usize, countTo: i32, from: usize, count: i32, rows: i32): void {
  const stepTo = floats(countTo), step = floats(count);
  for (let k = 0; k < countTo; k += 4) {
    for (let j = 0; j < count; j += 4) {
      turnFour(to + stepTo * j + floats(k), stepTo, from + step * k + floats(j), step, rows - k);
    }
  }
}

/** A four by four transpose; `count` of its rows are there. */
function turnFour(to: usize, stepTo: usize, from: usize, step: usize, count: i32): void {
  const nothing = f32x4.splat(0);
  const a = count > 0 ? v128.load(from) : nothing, b = count > 1 ? v128.load(from + step) : nothing;
  const c = count > 2 ? v128.load(from + 2 * step) : nothing, d = count > 3 ? v128.load(from + 3 * step) : nothing;
  const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5), abHigh = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5), cdHigh = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(ab, cd, 0, 1, 4, 5));
  v128.store(to + stepTo, v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
  v128.store(to + 2 * stepTo, v128.shuffle<f32>(abHigh, cdHigh, 0, 1, 4, 5));
  v128.store(to + 3 * stepTo, v128.shuffle<f32>(abHigh, cdHigh, 2, 3, 6, 7));
}

/** out [rows, pitch] += a [rows, depth] · packed [depth, columns]; columns a multiple of eight. */
export function addProduct(
  out: usize, pitch: i32, a: usize, aPitch: i32, packed: usize, rows: i32, depth: i32, columns: i32,
): void {
  const quads = rows & ~3;
  for (let start = 0; start < quads; start += 64) {
    const end = min(quads, start + 64);
    for (let j = 0; j < columns; j += 8) {
      const first = j - (j % panelColumns), step = floats(widthOf(first, columns));
      const panel = packed + floats(first * depth + j - first);
      for (let i = start; i < end; i += 4) {
        addTile(out + floats(i * pitch + j), floats(pitch), a + floats(i * aPitch), floats(aPitch), panel, step, depth);
      }
    }
  }
  for (let i = quads; i < rows; i++) {
    addRowProduct(out + floats(i * pitch), a + floats(i * aPitch), packed, depth, columns);
  }
}

/** Four rows by eight columns. */
function addTile(
  out: usize, pitch: usize, a: usize, aPitch: usize, panel: usize, step: usize, depth: i32,
): void {
  const out1 = out + pitch, out2 = out1 + pitch, out3 = out2 + pitch;
  let c00 = v128.load(out), c01 = v128.load(out, 16), c10 = v128.load(out1), c11 = v128.load(out1, 16);
  let c20 = v128.load(out2), c21 = v128.load(out2, 16), c30 = v128.load(out3), c31 = v128.load(out3, 16);
  let a1 = a + aPitch, a2 = a1 + aPitch, a3 = a2 + aPitch;
  for (const end = a + floats(depth); a < end; a += 4, a1 += 4, a2 += 4, a3 += 4, panel += step) {
    const b0 = v128.load(panel), b1 = v128.load(panel, 16);
    let x = v128.load32_splat(a);
    c00 = fma(x, b0, c00), c01 = fma(x, b1, c01);
    x = v128.load32_splat(a1);
    c10 = fma(x, b0, c10), c11 = fma(x, b1, c11);
    x = v128.load32_splat(a2);
    c20 = fma(x, b0, c20), c21 = fma(x, b1, c21);
    x = v128.load32_splat(a3);
    c30 = fma(x, b0, c30), c31 = fma(x, b1, c31);
  }
  v128.store(out, c00), v128.store(out, c01, 16), v128.store(out1, c10), v128.store(out1, c11, 16);
  v128.store(out2, c20), v128.store(out2, c21, 16), v128.store(out3, c30), v128.store(out3, c31, 16);
}

/** out [columns] += a [depth] · packed [depth, columns] */
export function addRowProduct(out: usize, a: usize, packed: usize, depth: i32, columns: i32): void {
  const end = a + floats(depth), wide = floats(columns - (columns % panelColumns));
  for (const last = out + wide; out < last; out += 96) {
    let c0 = v128.load(out), c1 = v128.load(out, 16), c2 = v128.load(out, 32);
    let c3 = v128.load(out, 48), c4 = v128.load(out, 64), c5 = v128.load(out, 80);
    for (let p = a; p < end; p += 4, packed += 96) {
      const x = v128.load32_splat(p);
      c0 = fma(x, v128.load(packed), c0), c1 = fma(x, v128.load(packed, 16), c1);
      c2 = fma(x, v128.load(packed, 32), c2), c3 = fma(x, v128.load(packed, 48), c3);
      c4 = fma(x, v128.load(packed, 64), c4), c5 = fma(x, v128.load(packed, 80), c5);
    }
    v128.store(out, c0), v128.store(out, c1, 16), v128.store(out, c2, 32);
    v128.store(out, c3, 48), v128.store(out, c4, 64), v128.store(out, c5, 80);
  }
  const step = floats(columns % panelColumns);
  for (let rest = step; rest > 0; rest -= 32, out += 32, packed += 32) addEightColumns(out, a, end, packed, step);
}

function addEightColumns(out: usize, a: usize, end: usize, b: usize, step: usize): void {
  let c0 = v128.load(out), c1 = v128.load(out, 16);
  for (; a < end; a += 4, b += step) {
    const x = v128.load32_splat(a);
    c0 = fma(x, v128.load(b), c0), c1 = fma(x, v128.load(b, 16), c1);
  }
  v128.store(out, c0), v128.store(out, c1, 16);
}

/**
 * out [depth] += packed [depth, columns] · d [columns], for a single row, so that no transpose need be packed.
 * `work` holds four floats for each of padded4(depth) sums.
 */
export function addRowProductTransposed(
  out: usize, d: usize, packed: usize, work: usize, depth: i32, columns: i32,
): void {
  memory.fill(work, 0, floats((depth + 3) & ~3) << 2);
  const end = work + (floats(depth) << 2), wide = floats(columns - (columns % panelColumns));
  for (const last = d + wide; d < last; d += 96) {
    const d0 = v128.load(d), d1 = v128.load(d, 16), d2 = v128.load(d, 32);
    const d3 = v128.load(d, 48), d4 = v128.load(d, 64), d5 = v128.load(d, 80);
    for (let w = work; w < end; w += 16, packed += 96) {
      let even = fma(d0, v128.load(packed), v128.load(w)), odd = f32x4.mul(d1, v128.load(packed, 16));
      even = fma(d2, v128.load(packed, 32), even), odd = fma(d3, v128.load(packed, 48), odd);
      even = fma(d4, v128.load(packed, 64), even), odd = fma(d5, v128.load(packed, 80), odd);
      v128.store(w, f32x4.add(even, odd));
    }
  }
  const step = floats(columns % panelColumns);
  for (let rest = step; rest > 0; rest -= 32, d += 32, packed += 32) {
    const d0 = v128.load(d), d1 = v128.load(d, 16);
    for (let w = work, b = packed; w < end; w += 16, b += step) {
      v128.store(w, fma(d1, v128.load(b, 16), fma(d0, v128.load(b), v128.load(w))));
    }
  }
  for (let k = 0; k < depth; k += 4, out += 16, work += 64) {
    const count = depth - k;
    const sums = sumsOf(v128.load(work), v128.load(work, 16), v128.load(work, 32), v128.load(work, 48));
    storeFirst(out, f32x4.add(sums, loadFirst(out, count)), count);
  }
}

/** Rows and columns that `transposedProduct` packs at once: what is packed of d stays in the first cache. */
const passRows: i32 = 128, passColumns: i32 = 64;

/** The floats of the work memory of `transposedProduct`. */
export function transposedProductWork(depth: i32, columns: i32): i32 {
  return passRows * (((depth + 3) & ~3) + passColumns) + ((depth + 3) & ~3) * columns;
}

/** out [depth, blocks · width] = aᵀ·d, from a [rows, depth] and d [rows, blocks · stride]: the gradient of a weight. */
export function transposedProduct(
  out: usize, a: usize, aPitch: i32, d: usize, dPitch: i32, work: usize,
  rows: i32, depth: i32, width: i32, blocks: i32, stride: i32,
): void {
  const columns = blocks * stride, paddedDepth = (depth + 3) & ~3;
  const packedA = work, packedD = packedA + floats(passRows * paddedDepth);
  const fits = stride == width && depth == paddedDepth;
  const sums = fits ? out : packedD + floats(passRows * passColumns);
  for (let start = 0; start < rows; start += passRows) {
    const count = min(passRows, rows - start);
    packColumns(packedA, a + floats(start * aPitch), aPitch, count, depth);
    for (let first = 0; first < columns; first += passColumns) {
      const last = min(columns, first + passColumns);
      for (let j = first; j < last; j += 8) {
        packEight(packedD + floats((j - first) * count), d + floats(start * dPitch + j), dPitch, count);
      }
      for (let k = 0; k < depth; k += 4) {
        for (let j = first; j < last; j += 8) {
          packedTile(
            sums + floats(k * columns + j), floats(columns), packedA + floats(k * count),
            packedD + floats((j - first) * count), count, start > 0);
        }
      }
    }
  }
  if (!fits) unpad(out, sums, depth, width, blocks, stride);
}

/** to [padded4(depth) / 4][rows][4] */
function packColumns(to: usize, from: usize, pitch: i32, rows: i32, depth: i32): void {
  for (let k = 0; k < depth; k += 4) {
    let source = from + floats(k);
    const count = depth - k;
    for (let i = 0; i < rows; i++, source += floats(pitch), to += 16) v128.store(to, loadFirst(source, count));
  }
}

function packEight(to: usize, from: usize, pitch: i32, rows: i32): void {
  for (let i = 0; i < rows; i++, from += floats(pitch), to += 32) {
    v128.store(to, v128.load(from)), v128.store(to, v128.load(from, 16), 16);
  }
}

/** Four rows by eight columns, from panels of four and of eight; added to what is there where `adding`. */
function packedTile(out: usize, pitch: usize, a: usize, b: usize, count: i32, adding: bool): void {
  const out1 = out + pitch, out2 = out1 + pitch, out3 = out2 + pitch, nothing = f32x4.splat(0);
  let c00 = nothing, c01 = nothing, c10 = nothing, c11 = nothing, c20 = nothing, c21 = nothing, c30 = nothing, c31 = nothing;
  if (adding) {
    c00 = v128.load(out), c01 = v128.load(out, 16), c10 = v128.load(out1), c11 = v128.load(out1, 16);
    c20 = v128.load(out2), c21 = v128.load(out2, 16), c30 = v128.load(out3), c31 = v128.load(out3, 16);
  }
  for (const end = a + (<usize>count << 4); a < end; a += 16, b += 32) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    c00 = fma(x, b0, c00), c01 = fma(x, b1, c01);
    x = v128.load32_splat(a, 4);
    c10 = fma(x, b0, c10), c11 = fma(x, b1, c11);
    x = v128.load32_splat(a, 8);
    c20 = fma(x, b0, c20), c21 = fma(x, b1, c21);
    x = v128.load32_splat(a, 12);
    c30 = fma(x, b0, c30), c31 = fma(x, b1, c31);
  }
  v128.store(out, c00), v128.store(out, c01, 16), v128.store(out1, c10), v128.store(out1, c11, 16);
  v128.store(out2, c20), v128.store(out2, c21, 16), v128.store(out3, c30), v128.store(out3, c31, 16);
}

function unpad(out: usize, sums: usize, rows: i32, width: i32, blocks: i32, stride: i32): void {
  for (let i = 0; i < rows * blocks; i++, out += floats(width), sums += floats(stride)) {
    copyRow(out, sums, width);
  }
}

// @ts-ignore: decorator
@inline
function copyRow(to: usize, from: usize, count: i32): void {
  const end = to + floats(count & ~3);
  for (; to < end; to += 16, from += 16) v128.store(to, v128.load(from));
  if (count & 3) storeFirst(to, v128.load(from), count & 3);
}

/** Copies `from` [blocks · width], padded, into every row of out [rows, pitch]; zeros behind. */
export function fillRows(out: usize, pitch: i32, from: usize, rows: i32, width: i32, blocks: i32, stride: i32): void {
  if (rows == 0) return;
  memory.fill(out, 0, floats(pitch));
  for (let b = 0; b < blocks; b++) memory.copy(out + floats(b * stride), from + floats(b * width), floats(width));
  for (let i = 1; i < rows; i++) memory.copy(out + floats(i * pitch), out, floats(pitch));
}

/** out [blocks · width] = Σ over the rows of d [rows, pitch]: the gradient of a bias. `work` holds one row. */
export function sumRows(
  out: usize, d: usize, pitch: i32, work: usize, rows: i32, width: i32, blocks: i32, stride: i32,
): void {
  memory.fill(work, 0, floats(pitch));
  const end = work + floats(pitch);
  for (let i = 0; i < rows; i++) {
    for (let to = work; to < end; to += 16, d += 16) v128.store(to, f32x4.add(v128.load(to), v128.load(d)));
  }
  unpad(out, work, 1, width, blocks, stride);
}
