import '@tensorflow/tfjs-backend-cpu';
import { complex, memory, ones, scalar, setBackend, tensor, tidy, variable } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { isTapeheadError, TapeheadError } from '../errors.js';
import { checkTensor, floatsOf } from './floats.js';
import { checkFraction, checkInteger, checkWithin } from './numbers.js';
import { checkOneOf, checkOptions } from './options.js';
import { checkRoom } from './room.js';
import { printable, textOf } from './text.js';

// The same cases on every machine.
fc.configureGlobal({ seed: 13 });

beforeAll(() => setBackend('cpu'));

describe('floatsOf', () => {
  it('returns a float32 tensor unchanged, without an op', () => {
    const given = ones([2]);
    expect(floatsOf('x', given)).toBe(given);
    const learned = variable(given);
    expect(floatsOf('x', learned)).toBe(learned);
  });

  it('casts int32 and bool, and takes numbers, arrays and typed arrays', () => {
    tidy(() => {
      for (const given of [
        tensor([1, 0], [2], 'int32'),
        tensor([true, false], [2], 'bool'),
        [1, 0],
        [true, false],
        Int32Array.of(1, 0),
        Uint8Array.of(1, 0),
      ]) {
        const { dtype } = floatsOf('x', given);
        expect([dtype, Array.from(floatsOf('x', given).dataSync())]).toEqual(['float32', [1, 0]]);
      }
      expect(floatsOf('x', 5).shape).toEqual([]);
      expect(floatsOf('x', [[1], [2]]).shape).toEqual([2, 1]);
    });
  });

  const disposed = () => {
    const gone = scalar(1);
    gone.dispose();
    return gone;
  };
  const odd: [string, () => unknown][] = [
    ['undefined', () => undefined],
    ['null', () => null],
    ['an object', () => ({})],
    ['a function', () => () => 1],
    ['a word', () => 'word'],
    ['words', () => ['a', 'b']],
    ['a ragged array', () => [[1], [1, 2]]],
    ['a symbol', () => Symbol('x')],
    ['a bigint', () => 5n],
    ['a disposed tensor', disposed],
    ['a tensor of words', () => tensor(['a'])],
    ['a complex tensor', () => complex([1], [2])],
  ];
  it.each(odd)('refuses %s by name, and leaves no tensor', (_, make) => {
    const given = make();
    const before = memory().numTensors;
    const call = () => tidy(() => void Reflect.apply(floatsOf, undefined, ['key', given]));
    expect(call).toThrow(TapeheadError);
    expect(call).toThrow(/^key: expected a tensor/);
    expect(memory().numTensors).toBe(before);
  });

  it('checkTensor takes tensors of numbers alone', () => {
    checkTensor('x', ones([1]));
    expect(() => Reflect.apply(checkTensor, undefined, ['x', 5])).toThrow(
      'x: expected a tensor of numbers, got 5',
    );
    expect(() => checkTensor('x', tensor(['a']))).toThrow(
      'x: expected a tensor of numbers, got a tensor of string',
    );
  });
});

describe('checkOptions', () => {
  it('refuses a tensor, which has fields', () => {
    expect(() => checkOptions('sequence', ones([2, 3]), ['state'])).toThrow(
      'sequence: expected an object of options, got a tensor of shape [2,3]',
    );
  });

  const known = ['memorySize', 'memoryDim', 'order'];

  it('suggests the nearest name', () => {
    expect(() => checkOptions('NTM.build', { memorysize: 3 }, known)).toThrow(
      "NTM.build: unknown option 'memorysize', did you mean 'memorySize'?",
    );
    expect(() => checkOptions('NTM.build', { colour: 3 }, known)).toThrow(
      "NTM.build: unknown option 'colour'; expected one of 'memorySize', 'memoryDim', 'order'",
    );
  });

  it('lists no more names than a message holds', () => {
    const many = Array.from({ length: 30 }, (_, i) => `option of number ${i}`);
    expect(() => checkOptions('f', { colour: 3 }, many)).toThrow(
      /^f: unknown option 'colour'; expected one of 'option of number 0', .{150,250} and \d+ more$/,
    );
  });

  it('finds a name with one letter changed', () => {
    fc.assert(
      fc.property(fc.constantFrom(...known), fc.nat(), fc.constantFrom('x', 'Z', '1'), (name, at, letter) => {
        const i = at % name.length;
        const slip = name.slice(0, i) + letter + name.slice(i + 1);
        expect(() => checkOptions('f', { [slip]: 1 }, known)).toThrow(`did you mean '${name}'?`);
      }),
    );
  });

  it('takes known options, and refuses what is no object', () => {
    checkOptions('f', { order: undefined }, known);
    for (const given of [null, undefined, 5, 'x', [1]]) {
      expect(() => Reflect.apply(checkOptions, undefined, ['f', given, known])).toThrow(TapeheadError);
    }
  });

  it('bounds a long name, and shows control characters as such', () => {
    const name = `\u001b[2J${'x'.repeat(10_000)}`;
    expect(() => checkOptions('f', { [name]: 1 }, known)).toThrow(
      /^f: unknown option '\\u001b\[2Jx{10,60}…'/,
    );
  });
});

describe('checks of numbers', () => {
  it('refuse what is no number in words', () => {
    for (const value of ['5', null, undefined, Number.NaN, {}, [3], 1.5, 2 ** 60]) {
      expect(() => Reflect.apply(checkInteger, undefined, ['n', value])).toThrow(
        /^n: expected an integer of at least 1, got /,
      );
    }
    expect(() => checkInteger('n', 9, 1, 8)).toThrow('n: expected an integer from 1 to 8, got 9');
    expect(() => checkFraction('decay', 1)).toThrow('decay: expected a number in [0, 1), got 1');
    expect(() => checkWithin('p', Number.NaN, 0, 1)).toThrow('p: expected a number from 0 to 1, got NaN');
    expect(() => Reflect.apply(checkOneOf, undefined, ['order', {}, ['a', 'b']])).toThrow(
      "order: expected one of 'a', 'b', got an object",
    );
  });
});

describe('checkRoom', () => {
  it('names both sizes and the remedy, also beyond what integers count', () => {
    checkRoom('a tensor', 1e6, 'take less');
    expect(() => checkRoom('repeatMemory of 1e30 sequences', 1e30, 'take a smaller batch')).toThrow(
      /^repeatMemory of 1e30 sequences: needs \S+ MB, and the backend 'cpu' has at most 17180 MB left; take a smaller batch$/,
    );
    expect(() => checkRoom('x', Number.NaN, 'take less')).toThrow(TapeheadError);
  });
});

describe('texts of errors', () => {
  it('are bounded and on one line, whatever comes', () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withTypedArray: true, withNullPrototype: true }),
        (value) => {
          const text = textOf(value);
          expect(text.length).toBeLessThan(500);
          // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there
          expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
        },
      ),
    );
    expect(printable('a\nb')).toBe('a\\u000ab');
    expect(textOf(ones([2, 3]))).toBe('a tensor of shape [2,3]');
    expect(textOf({ sourceLayer: {}, nodeIndex: 0 })).toBe('a symbolic tensor');
  });
});

it('isTapeheadError holds for an error of another copy', () => {
  class TapeheadErrorOfAnother extends Error {
    override readonly name = 'TapeheadError';
  }
  expect(isTapeheadError(new TapeheadErrorOfAnother('x'))).toBe(true);
  expect(isTapeheadError(new Error('x'))).toBe(false);
});
