import { expect, it } from 'vitest';
import { f32, f32x4, i32, v128 } from './code.js';
import { choose, drop, forLoop, loopDown, repeat, select, sequence, when } from './control.js';
import { compiled } from './testing.js';

const c = i32.const;

it('runs one of two branches', () => {
  const program = compiled(['i32'], ['i32'], (fn) => {
    const result = fn.local('i32');
    fn.add(
      when(fn.param(0).get, result.set(c(7)), result.set(c(9))),
      when(i32.eq(fn.param(0).get, c(5)), result.set(c(1))),
      result.get,
    );
  });
  expect([0, 1, 5].map((n) => program.call('run', n))).toEqual([9, 7, 1]);
});

it('gives the value of one of two branches', () => {
  for (const either of [choose.bind(null, 'f32' as const), select]) {
    const program = compiled(['i32'], ['f32'], (fn) => {
      fn.add(either(fn.param(0).get, f32.const(1.5), f32.const(-2)));
    });
    expect([program.call('run', 3), program.call('run', 0)]).toEqual([1.5, -2]);
  }
});

it('selects vectors', () => {
  const program = compiled(['i32'], ['f32'], (fn) => {
    fn.add(f32x4.extractLane(select(fn.param(0).get, v128.const(1, 2, 3, 4), v128.const(5, 6, 7, 8)), 2));
  });
  expect([program.call('run', 1), program.call('run', 0)]).toEqual([3, 7]);
});

/** How often the body of a loop runs, and the sum of the i it saw. */
function turnsOf(from: number, to: number, step: number, atLeastOnce?: boolean): [number, number] {
  const program = compiled(['i32', 'i32'], [], (fn) => {
    const [i, turns, sum] = [fn.local('i32'), fn.local('i32'), fn.local('i32')];
    const body = sequence(turns.set(i32.add(turns.get, c(1))), sum.set(i32.add(sum.get, i.get)));
    const options = { from: fn.param(0).get, to: fn.param(1).get, step };
    fn.add(forLoop(i, atLeastOnce === undefined ? options : { ...options, atLeastOnce }, body));
    fn.add(i32.store(c(0), turns.get), i32.store(c(4), sum.get));
  });
  program.call('run', from, to);
  return [program.integers[0] ?? -1, program.integers[1] ?? -1];
}

it('loops from and to', () => {
  expect(turnsOf(0, 5, 1)).toEqual([5, 10]);
  expect(turnsOf(3, 12, 4)).toEqual([3, 21]);
  expect(turnsOf(5, 5, 1)).toEqual([0, 0]);
  expect(turnsOf(6, 5, 1)).toEqual([0, 0]);
  expect(turnsOf(5, 5, 1, true)).toEqual([1, 5]);
  expect(turnsOf(0, 5, 1, false)).toEqual([5, 10]);
});

it('loops over addresses above 2 GiB', () => {
  expect(turnsOf(2 ** 31 - 4, 2 ** 31 + 8, 4)[0]).toBe(3);
});

it('loops down and repeats', () => {
  const program = compiled(['i32'], ['i32'], (fn) => {
    const [i, digits] = [fn.local('i32'), fn.local('i32')];
    fn.add(loopDown(i, fn.param(0).get, digits.set(i32.add(i32.mul(digits.get, c(10)), i.get))));
    fn.add(
      repeat(digits.set(i32.add(digits.get, c(1))), i32.remU(digits.get, c(10))),
      drop(c(8)),
      digits.get,
    );
  });
  expect(program.call('run', 3)).toBe(330);
  expect(program.call('run', 1)).toBe(10);
});
