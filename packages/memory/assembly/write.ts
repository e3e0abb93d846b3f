// Writing (Graves et al. 2014, equations 3 and 4): all erases, then all adds
//
//   M′(i) = M(i) Π_h (1 − w_h(i) e_h) + Σ_h w_h(i) a_h
//
// `tape` is the memory turned: a strip of M rows, each n = N padded to 16. `weights` are rows [H, n]; head h has its
// erase vector at `vectors` + h · 2M floats and its add vector M floats behind.
import { floats, fma, fnma, sumsOf } from '../../core/assembly/lanes';
import { addOuter, copy } from '../../core/assembly/strip';

/** Writes `out` M′ from `tape` M. */
export function write(out: usize, tape: usize, weights: usize, vectors: usize, heads: i32, M: i32, n: i32): void {
  if (heads == 1) {
    eraseAndAdd(out, tape, weights, vectors, vectors + floats(M), M, n);
    return;
  }
  eraseAll(out, tape, weights, vectors, heads, -1, M, n);
  for (let h = 0; h < heads; h++) {
    addOuter(out, vectors + floats((2 * h + 1) * M), weights + floats(h * n), M, n);
  }
}

function eraseAndAdd(out: usize, tape: usize, weights: usize, erase: usize, add: usize, M: i32, n: i32): void {
  const stride = floats(n), one = f32x4.splat(1);
  for (let m = 0; m < M; m++, out += stride, tape += stride) {
    const e = v128.load32_splat(erase + floats(m)), a = v128.load32_splat(add + floats(m));
    for (let i: usize = 0; i < stride; i += 32) { // not M + w (a − e M), which loses a beside a large M
      const w = v128.load(weights + i), w1 = v128.load(weights + i, 16);
      v128.store(out + i, fma(v128.load(tape + i), fnma(w, e, one), f32x4.mul(w, a)));
      v128.store(out + i, fma(v128.load(tape + i, 16), fnma(w1, e, one), f32x4.mul(w1, a)), 16);
    }
  }
}

/** out = tape Π_{h ≠ but} (1 − w_h e_h) */
function eraseAll(
  out: usize, tape: usize, weights: usize, vectors: usize, heads: i32, but: i32, M: i32, n: i32,
): void {
  if (out != tape) copy(out, tape, M * n);
  for (let h = 0; h < heads; h++) {
    if (h != but) erase(out, weights + floats(h * n), vectors + floats(2 * h * M), M, n);
  }
}

function erase(tape: usize, weights: usize, vector: usize, M: i32, n: i32): void {
  const stride = floats(n);
  for (let m = 0; m < M; m++, tape += stride) {
    const e = v128.load32_splat(vector + floats(m));
    for (let i: usize = 0; i < stride; i += 32) {
      const old = v128.load(tape + i), old1 = v128.load(tape + i, 16);
      v128.store(tape + i, fnma(f32x4.mul(old, e), v128.load(weights + i), old));
      v128.store(tape + i, fnma(f32x4.mul(old1, e), v128.load(weights + i, 16), old1), 16);
    }
  }
}

/**
 * From dM′ in `dTape`, which becomes dM. With M_h = M Π_{j ≠ h} (1 − w_j e_j), what head h found after the others:
 *
 *   dw_h(i) += dM′(i)·(a_h − e_h M_h(i)),  da_h = Σ_i w_h(i) dM′(i),  de_h = −Σ_i w_h(i) dM′(i) M_h(i)
 *   dM = dM′ Π_h (1 − w_h e_h)
 *
 * `dVectors` is written, in the layout of `vectors`. `found` is work memory for M_h, [M, n], not used with one head.
 */
export function writeBackward(
  dWeights: usize, dVectors: usize, dTape: usize,
  weights: usize, vectors: usize, tape: usize, found: usize, heads: i32, M: i32, n: i32,
): void {
  if (heads == 1) {
    headBackward(dWeights, dVectors, dTape, weights, vectors, tape, true, M, n);
    return;
  }
  for (let h = 0; h < heads; h++) {
    eraseAll(found, tape, weights, vectors, heads, h, M, n);
    const row = floats(h * n), vector = floats(2 * h * M);
    headBackward(dWeights + row, dVectors + vector, dTape, weights + row, vectors + vector, found, false, M, n);
  }
  eraseAll(dTape, dTape, weights, vectors, heads, -1, M, n);
}

/** One head; where it is the only one, `erasing` dM′ to dM on the way. */
// @ts-ignore: decorator
@inline
function headBackward(
  dWeights: usize, dVectors: usize, dTape: usize, weights: usize, vectors: usize, found: usize,
  erasing: bool, M: i32, n: i32,
): void {
  const stride = floats(n), adds = floats(M);
  for (let m = 0; m < M; m++, dTape += stride, found += stride) {
    const e = v128.load32_splat(vectors + floats(m)), a = v128.load32_splat(vectors + floats(m) + adds);
    let dErase = f32x4.splat(0), dAdd = f32x4.splat(0);
    for (let i: usize = 0; i < stride; i += 32) {
      const d = v128.load(dTape + i), d1 = v128.load(dTape + i, 16);
      const old = v128.load(found + i), old1 = v128.load(found + i, 16);
      const weighted = f32x4.mul(d, v128.load(weights + i)), weighted1 = f32x4.mul(d1, v128.load(weights + i, 16));
      dAdd = f32x4.add(dAdd, f32x4.add(weighted, weighted1));
      dErase = fnma(weighted1, old1, fnma(weighted, old, dErase));
      v128.store(dWeights + i, fma(d, fnma(e, old, a), v128.load(dWeights + i)));
      v128.store(dWeights + i, fma(d1, fnma(e, old1, a), v128.load(dWeights + i, 16)), 16);
      if (erasing) v128.store(dTape + i, fnma(e, weighted, d)), v128.store(dTape + i, fnma(e, weighted1, d1), 16);
    }
    const sums = sumsOf(dErase, dAdd, dErase, dAdd);
    store<f32>(dVectors + floats(m), f32x4.extract_lane(sums, 0));
    store<f32>(dVectors + floats(m) + adds, f32x4.extract_lane(sums, 1));
  }
}
