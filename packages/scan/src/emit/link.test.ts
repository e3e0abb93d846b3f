import { expect, it } from 'vitest';
import { f32, f32x4, i32, v128 } from './code.js';
import { call, forLoop } from './control.js';
import { createFunction } from './function.js';
import { openModule } from './link.js';
import { bases, instantiate, kinds } from './testing.js';

it.each(kinds)('leaves the %s module as it is where nothing is added', (kind) => {
  expect(openModule(bases[kind]).bytes()).toEqual(bases[kind]);
});

it.each(kinds)('adds functions that call each other and the kernels of the %s module', (kind) => {
  const program = instantiate(kind, (module) => {
    const first = createFunction(['f32'], ['f32']);
    const firstIndex = module.add(first);
    const second = createFunction(['f32'], ['f32']);
    const secondIndex = module.add(second, 'second');
    first.add(f32.mul(first.param(0).get, call(secondIndex, first.param(0).get)));
    second.add(f32.add(second.param(0).get, f32.const(1)));
    const run = createFunction(['f32'], ['f32']);
    // out [1, 8] += a [1, 2] · packed [2, 8]
    const [out, a, packed] = [i32.const(0), i32.const(64), i32.const(128)];
    const args = [out, i32.const(8), a, i32.const(2), packed, i32.const(1), i32.const(2), i32.const(8)];
    run.add(call(module.indexOf('addProduct'), ...args));
    run.add(f32.add(f32.load(i32.const(28)), call(firstIndex, run.param(0).get)));
    module.add(run, 'run');
    expect(module.indexOf('second')).toBe(secondIndex);
  });
  program.floats.set([2, 3], 16);
  program.floats.set([7, 11], 32 + 7);
  program.floats[32 + 15] = 11;
  expect(program.call('run', 5)).toBe(2 * 7 + 3 * 11 + 5 * 6);
  expect(program.call('second', 5)).toBe(6);
});

it.each(kinds)('keeps the exports of the %s module', (kind) => {
  const before = WebAssembly.Module.exports(new WebAssembly.Module(bases[kind]));
  const module = openModule(bases[kind]);
  const fn = createFunction(['v128', 'v128'], ['v128']);
  fn.add(f32x4.add(fn.param(0).get, fn.param(1).get));
  module.add(fn, 'öffentlich');
  module.add(fn);
  const after = WebAssembly.Module.exports(new WebAssembly.Module(module.bytes()));
  expect(after).toEqual([...before, { name: 'öffentlich', kind: 'function' }]);
  for (const { name, kind } of before) {
    if (kind === 'function') expect(module.indexOf(name)).toBeGreaterThanOrEqual(0);
  }
  expect(() => module.indexOf('nothing')).toThrow('nothing');
});

it('uses the types of the module again', () => {
  const module = openModule(bases.simd);
  const bare = module.bytes().length;
  const fn = createFunction(['i32', 'i32'], ['i32']); // the type of transposedProductWork
  fn.add(fn.param(0).get);
  module.add(fn);
  // one byte of type index, the size, no locals, local.get 0, end
  expect(module.bytes().length - bare).toBe(1 + 1 + 1 + 2 + 1);
});

it('links fifty thousand bytes', () => {
  const program = instantiate('relaxed', (module) => {
    const fn = createFunction(['i32'], []);
    const [i, x] = [fn.local('i32'), fn.local('v128')];
    for (let k = 0; k < 1000; k++) {
      const sum = f32x4.add(v128.load(i.get), v128.const(1, 2, 3, 4));
      const body = [x.set(sum), v128.store(i.get, x.get)];
      fn.add(forLoop(i, { from: fn.param(0).get, to: i32.const(64), step: 16 }, body));
    }
    const start = performance.now();
    const index = module.add(fn);
    const length = module.bytes().length;
    expect(length).toBeGreaterThan(50_000);
    if (process.env.SHOW_TIMES) process.stdout.write(`${length} bytes in ${performance.now() - start} ms\n`);
    const run = createFunction([], []);
    run.add(call(index, i32.const(0)));
    module.add(run, 'run');
  });
  program.call('run');
  expect([...program.floats.subarray(0, 17)]).toEqual([
    1000, 2000, 3000, 4000, 1000, 2000, 3000, 4000, 1000, 2000, 3000, 4000, 1000, 2000, 3000, 4000, 0,
  ]);
});
