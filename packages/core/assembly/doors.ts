// For tests: the elementary functions over a row of `count` floats, a multiple of four.
import * as elementary from './elementary';
import { floats } from './lanes';

export function exp(out: usize, x: usize, count: i32): void {
  for (const end = x + floats(count); x < end; x += 16, out += 16) v128.store(out, elementary.exp(v128.load(x)));
}

export function log(out: usize, x: usize, count: i32): void {
  for (const end = x + floats(count); x < end; x += 16, out += 16) v128.store(out, elementary.log(v128.load(x)));
}

export function tanh(out: usize, x: usize, count: i32): void {
  for (const end = x + floats(count); x < end; x += 16, out += 16) v128.store(out, elementary.tanh(v128.load(x)));
}

export function sigmoid(out: usize, x: usize, count: i32): void {
  for (const end = x + floats(count); x < end; x += 16, out += 16) v128.store(out, elementary.sigmoid(v128.load(x)));
}

export function softplus(out: usize, x: usize, count: i32): void {
  for (const end = x + floats(count); x < end; x += 16, out += 16) v128.store(out, elementary.softplus(v128.load(x)));
}
