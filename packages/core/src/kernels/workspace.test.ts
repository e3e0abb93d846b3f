import { expect, it } from 'vitest';
import type { KernelCall } from './heap.js';
import { begun, found, held } from './workspace.js';

const memory = new WebAssembly.Memory({ initial: 1 });
const unused = (): never => {
  throw new Error('a workspace is in a tensor that is there');
};
const call: KernelCall = {
  memory,
  input: unused,
  inPlace: unused,
  output: unused,
  integers: unused,
  room: unused,
};
const bytes = held(32);

it.each([64, 68, 72, 76])('begins at a multiple of 16 in a tensor at %i, and lies in it', (tensor) => {
  const begin = begun(call, tensor, bytes);
  expect(begin % 16).toBe(0);
  expect(begin).toBeGreaterThanOrEqual(tensor);
  expect(begin + 32).toBeLessThanOrEqual(tensor + bytes - 4);
  expect(found(call, tensor, bytes)).toBe(begin);
});

it.each([256, 260, 264, 268])('is found in a copy at %i, which misses 16 by other bytes', (copy) => {
  const tensor = 72;
  const begin = begun(call, tensor, bytes);
  new Int32Array(memory.buffer, begin, 8).set([1, 2, 3, 4, 5, 6, 7, 8]);
  new Uint8Array(memory.buffer).copyWithin(copy, tensor, tensor + bytes);
  const floats = new Int32Array(memory.buffer, found(call, copy, bytes), 8);
  expect([...floats]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

it.each([-1, 5, 2 ** 31 - 1, -(2 ** 31)])('lies in its tensor where somebody wrote %i at its end', (odd) => {
  new Int32Array(memory.buffer, 64 + bytes - 4, 1)[0] = odd;
  const begin = found(call, 64, bytes);
  expect(begin % 4).toBe(0);
  expect(begin).toBeGreaterThanOrEqual(64);
  expect(begin + 32).toBeLessThanOrEqual(64 + bytes);
});
