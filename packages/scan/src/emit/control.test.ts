import { expect, it } from 'vitest';
import { i32 } from './code.js';
import { forLoop, loopDown, repeat, sequence, when } from './control.js';
import { compiled } from './testing.js';

const c = i32.const;

it('runs code on a condition', () => {
  const program = compiled(['i32'], ['i32'], (fn) => {
    const result = fn.local('i32');
    fn.add(
      when(fn.param(0).get, result.set(c(7))),
      when(i32.gtU(fn.param(0).get, c(4)), result.set(c(1))),
      result.get,
    );
  });
  expect([0, 1, 5].map((n) => program.call('run', n))).toEqual([0, 7, 1]);
});

/** How often the body of a loop runs, and the sum of the i it saw. */
function turnsOf(from: number, to: number, step: number): [number, number] {
  const program = compiled(['i32', 'i32'], [], (fn) => {
    const [i, turns, sum] = [fn.local('i32'), fn.local('i32'), fn.local('i32')];
    const body = sequence(turns.set(i32.add(turns.get, c(1))), sum.set(i32.add(sum.get, i.get)));
    const options = { from: fn.param(0).get, to: fn.param(1).get, step };
    fn.add(forLoop(i, options, body));
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
});

it('loops over addresses above 2 GiB', () => {
  expect(turnsOf(2 ** 31 - 4, 2 ** 31 + 8, 4)[0]).toBe(3);
});

it('loops down and repeats', () => {
  const program = compiled(['i32'], ['i32'], (fn) => {
    const [i, digits] = [fn.local('i32'), fn.local('i32')];
    fn.add(loopDown(i, fn.param(0).get, digits.set(i32.add(i32.mul(digits.get, c(10)), i.get))));
    fn.add(repeat(digits.set(i32.add(digits.get, c(1))), i32.ltU(digits.get, c(330))), digits.get);
  });
  expect(program.call('run', 3)).toBe(330);
  expect(program.call('run', 4)).toBe(4322);
});
