import '@tensorflow/tfjs-backend-cpu';
import { expectMistakes } from '@tapehead/testing';
import { complex, ones, scalar, setBackend, type Tensor, tensor } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkStructure, flatten, inOrderOf, rebuild } from './nest.js';

fc.configureGlobal({ seed: 14 });
beforeAll(() => setBackend('cpu'));

const { nest } = fc.letrec<{ nest: unknown }>((tie) => ({
  nest: fc.oneof(
    { maxDepth: 4 },
    fc.nat(99).map((value) => scalar(value)),
    fc.array(tie('nest'), { maxLength: 3 }),
    fc.dictionary(fc.string({ maxLength: 3 }), tie('nest'), { maxKeys: 3 }),
  ),
}));

describe('a nest', () => {
  it('comes back as it was from its leaves and its structure', () => {
    fc.assert(
      fc.property(nest, (given) => {
        const { structure, leaves, paths } = flatten('x', given);
        expect(paths.length).toBe(leaves.length);
        expect(rebuild<unknown>(structure, leaves)).toEqual(given);
        checkStructure('x', structure, structure, 'as it is');
      }),
    );
  });

  it('names the paths of its leaves', () => {
    const cell = { h: scalar(1), c: scalar(2) };
    expect(flatten('state', { cells: [cell, cell], memory: scalar(3) }).paths).toEqual([
      'state.cells[0].h',
      'state.cells[0].c',
      'state.cells[1].h',
      'state.cells[1].c',
      'state.memory',
    ]);
    expect(flatten('x', scalar(1)).paths).toEqual(['x']);
  });

  it('takes names in any order', () => {
    const wanted = flatten('state', { a: scalar(1), b: [scalar(2), scalar(3)] });
    const given = flatten('state', { b: [scalar(2), scalar(3)], a: scalar(1) });
    checkStructure('state', given.structure, wanted.structure, 'as it was given');
    const ordered = inOrderOf(given, wanted.paths).map((leaf) => leaf.dataSync()[0]);
    expect(ordered).toEqual([1, 2, 3]);
  });

  it('keeps odd names as names', () => {
    const given: unknown = JSON.parse('{ "__proto__": [], "constructor": {} }');
    const { structure, leaves } = flatten('x', given);
    expect(Object.keys(rebuild<object>(structure, leaves))).toEqual(['__proto__', 'constructor']);
  });

  const self: { again?: unknown } = {};
  self.again = [self];
  const disposed = (): Tensor => {
    const gone = scalar(1);
    gone.dispose();
    return gone;
  };
  const wanted = 'expected a tensor, or tensors in arrays and plain objects, got';
  expectMistakes([
    [() => flatten('x', undefined), `x: ${wanted} undefined`],
    [() => flatten('x', [1]), `x[0]: ${wanted} 1`],
    [() => flatten('state', { h: null }), `state.h: ${wanted} null`],
    [() => flatten('state', { h: new Map() }), `state.h: ${wanted} an object`],
    [() => flatten('state', [Float32Array.of(1)]), `state[0]: ${wanted} an object`],
    [() => flatten('state', { a: { f: () => 1 } }), `state.a.f: ${wanted} a function`],
    [() => flatten('x', self), `x.again[0]: ${wanted} an object that contains itself`],
    [() => flatten('x', { a: disposed() }), `x.a: ${wanted} a disposed tensor`],
    [() => flatten('x', tensor(['a'])), 'x: expected a tensor of numbers, got one of string'],
    [() => flatten('x', complex([1], [1])), 'x: expected a tensor of numbers, got one of complex64'],
    [() => flatten('x', { 'a\nb': 1 }), `x.a\\u000ab: ${wanted} 1`],
  ]);
});

describe('another structure', () => {
  const check = (given: unknown, wanted: unknown) => () =>
    checkStructure(
      'state',
      flatten('state', given).structure,
      flatten('state', wanted).structure,
      'as given',
    );
  const one = () => ones([1]);
  expectMistakes([
    [() => check({ h: one() }, { h: one(), c: one() })(), 'state: expected { h, c }, as given, got { h }'],
    [() => check({ h: one(), c: one() }, { h: one() })(), 'state: expected { h }, as given, got { h, c }'],
    [() => check({ h: one() }, { c: one() })(), 'state: expected { c }, as given, got { h }'],
    [() => check({ a: one() }, { a: [one()] })(), 'state.a: expected an array of 1, as given, got a tensor'],
    [() => check([[]], [[one()]])(), 'state[0]: expected an array of 1, as given, got an array of 0'],
    [() => check([], {})(), 'state: expected {}, as given, got an array of 0'],
  ]);
});
