// Whole tensors at a time. Numbers stand without gaps, except where steps between rows are given.
import { floats } from '../../core/assembly/lanes';

/** Copies `rows` rows of `count` floats. Steps from row to row are in bytes. */
export function copyRows(to: usize, toStep: usize, from: usize, fromStep: usize, count: i32, rows: i32): void {
  for (; rows > 0; rows--, to += toStep, from += fromStep) copyFloats(to, from, count);
}

function copyFloats(to: usize, from: usize, count: i32): void {
  let i = 0;
  for (; i <= count - 4; i += 4, to += 16, from += 16) v128.store(to, v128.load(from));
  for (; i < count; i++, to += 4, from += 4) store<f32>(to, load<f32>(from));
}

/** Running sums, or products, along the middle axis of [outer, n, inner]. */
export function cumulate(
  to: usize, from: usize, outer: i32, n: i32, inner: i32, product: i32, exclusive: i32, reverse: i32,
): void {
  const step = floats(inner), last = step * (n - 1), pace = reverse ? 0 - step : step;
  for (let i = 0; i < outer; i++, to += last, from += last) {
    for (let j = 0; j < inner; j++, to += 4, from += 4) {
      let total: f64 = product ? 1.0 : 0.0;
      let at = reverse ? last : 0;
      for (let k = 0; k < n; k++, at += pace) {
        const x = <f64>load<f32>(from + at), next = product ? total * x : total + x;
        store<f32>(to + at, <f32>(exclusive ? total : next));
        total = next;
      }
    }
  }
}

/** Whether the whole number x is an index below n. NaN is not. */
// @ts-ignore: decorator
@inline
function isIndex(x: f32, n: i32): bool {
  return x >= 0.0 && x < <f32>n;
}

/** to [outer, count, inner] = from [outer, n, inner] at `indices` [count]; NaN where an index is not one of 0 … n − 1. */
export function gather(to: usize, from: usize, indices: usize, outer: i32, n: i32, inner: i32, count: i32): void {
  const step = floats(inner);
  for (let i = 0; i < outer; i++, from += step * n) {
    for (let k = 0; k < count; k++, to += step) {
      const index = load<f32>(indices + floats(k));
      if (isIndex(index, n)) copyFloats(to, from + step * <i32>index, inner);
      else memory.fill(to, 255, step);
    }
  }
}

/** to [segments, inner] = Σ over i with indices[i] = s of from [n, inner]; other indices are left out. */
export function segmentSum(to: usize, from: usize, indices: usize, n: i32, segments: i32, inner: i32): void {
  const step = floats(inner);
  memory.fill(to, 0, step * segments);
  for (let i = 0; i < n; i++, from += step) {
    const index = load<f32>(indices + floats(i));
    if (!isIndex(index, segments)) continue;
    const row = to + step * <i32>index;
    for (let j: usize = 0; j < step; j += 4) store<f32>(row + j, load<f32>(row + j) + load<f32>(from + j));
  }
}

/** to [outer, inner] = where along the middle axis of [outer, n, inner] the greatest, or least, number first stands. */
export function argExtreme(to: usize, from: usize, outer: i32, n: i32, inner: i32, least: i32): void {
  const step = floats(inner);
  for (let i = 0; i < outer; i++, from += step * (n - 1)) {
    for (let j = 0; j < inner; j++, from += 4, to += 4) {
      let best = load<f32>(from), place = 0, at = from;
      for (let k = 0; k < n; k++, at += step) {
        const x = load<f32>(at);
        if (least ? x < best : x > best) best = x, place = k;
      }
      store<f32>(to, <f32>place);
    }
  }
}
