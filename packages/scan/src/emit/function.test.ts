import { expect, it } from 'vitest';
import { f32, i32 } from './code.js';
import { createFunction } from './function.js';
import { compiled } from './testing.js';

it('has parameters and locals of all types, as many as wanted', () => {
  const program = compiled(['i32', 'f32'], ['f32'], (fn) => {
    const floats = Array.from({ length: 300 }, (_, i) => {
      fn.local(i % 2 ? 'v128' : 'i32');
      return fn.local('f32');
    });
    floats.forEach((local, i) => void fn.add(local.set(f32.const(i))));
    const sum = floats.reduce((code, { get }) => f32.add(code, get), fn.param(1).get);
    fn.add(i32.store(fn.param(0).tee(i32.add(fn.param(0).get, i32.const(4))), i32.const(1)));
    fn.add(f32.add(sum, f32.load(i32.const(8))));
  });
  expect(program.call('run', 4, 0.5)).toBe(44_850.5);
  expect(program.integers[2]).toBe(1);
});

it('uses the locals of a finished scope again, of the same type only', () => {
  const fn = createFunction([]);
  const outer = fn.local('f32');
  const inner = fn.scope(() => [fn.local('f32'), fn.local('i32')]);
  const nested = fn.scope(() => [fn.local('i32'), fn.scope(() => fn.local('f32')), fn.local('f32')]);
  expect(nested).toEqual([inner[1], inner[0], inner[0]]);
  expect(inner).not.toContain(outer);
});

it('refuses a parameter that is not there', () => {
  expect(() => createFunction(['i32']).param(1)).toThrow('1 parameters');
});
