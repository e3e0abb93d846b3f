import { isTapeheadError } from '@tapehead/core';
import { expectClose } from '@tapehead/testing';
import { memory, ones, type Tensor, tensor, tensor1d, tidy, zeros } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clipByGlobalNorm, clipByValue, globalNorm } from './clip.js';
import { gravesStep } from './gravesStep.js';
import { limited } from './limit.js';
import { onEachEngine } from './testing/engines.js';

// The same cases on every machine.
fc.configureGlobal({ seed: 13 });

const settings = { learningRate: 0.1, decay: 0.95, momentum: 0.9, epsilon: 1e-4 };
const call = <T>(work: (...given: never[]) => T, ...given: unknown[]): T =>
  Reflect.apply(work, undefined, given);
const values = (each: Tensor | undefined) => Array.from(each?.dataSync() ?? []);

onEachEngine('functions of gradients', () => {
  test('take numbers, arrays, integers and booleans, as if they were float32', () => {
    tidy(() => {
      expectClose(globalNorm({ a: [3, -4], b: 12 }), 13, 1e-6);
      expectClose(globalNorm({ a: tensor([3, -4], [2], 'int32'), b: [[12]] }), 13, 1e-6);
      expectClose(globalNorm({ a: tensor([1, 0, 1, 1, 1], [5], 'bool') }), 2, 1e-6);
      expectClose(globalNorm({ a: zeros([0]), b: 2 }), 2, 1e-6);
      expect(values(clipByValue({ a: tensor([3, -4], [2], 'int32') }, 3.5).a)).toEqual([3, -3.5]);
      expectClose(clipByGlobalNorm({ a: tensor([3, -4], [2], 'int32') }, 2.5).a ?? 0, [1.5, -2], 1e-6);
    });
  });

  test('let NaN through, and any limit that is above 0 clips', () => {
    tidy(() => {
      const a = [Number.NaN, 5, -5, Number.POSITIVE_INFINITY, 0.5];
      expect(values(clipByValue({ a }, 1).a)).toEqual([Number.NaN, 1, -1, 1, 0.5]);
      expect(values(limited(tensor1d(a), { scale: 1, bound: 2 }))).toEqual([Number.NaN, 2, -2, 2, 0.5]);
      expect(values(clipByGlobalNorm({ a: [Number.NaN, 1] }, 1).a)).toEqual([Number.NaN, Number.NaN]);
      // Under the least float32 a limit is 0.
      for (const limit of [1e-320, 1e-45, 1e39]) {
        const bound = Math.fround(limit);
        const wanted = [5, -5, 0.5].map((each) => Math.max(-bound, Math.min(bound, each)) + 0);
        expect(values(clipByValue({ a: [5, -5, 0.5] }, limit).a).map((each) => each + 0)).toEqual(wanted);
      }
    });
  });

  test('leave out a name without a gradient, as tf.variableGrads gives one for a frozen variable', () => {
    tidy(() => {
      expectClose(call(globalNorm, { a: [3, 4], b: null }), 5, 1e-6);
      expect(Object.keys(call(clipByValue, { a: [3, 4], b: null }, 1))).toEqual(['a']);
    });
  });

  test('a step takes numbers too, and refuses moments of another shape', () => {
    tidy(() => {
      const zero = zeros([2]);
      const wanted = gravesStep({ n: zero, gBar: zero, delta: zero }, tensor1d([1, -2]), settings);
      const given = gravesStep(
        { n: [0, 0], gBar: [0, 0], delta: [0, 0] },
        tensor([1, -2], [2], 'int32'),
        settings,
      );
      for (const name of ['n', 'gBar', 'delta'] as const)
        expectClose(given[name], values(wanted[name]), 1e-6);
      expect(() => gravesStep({ n: 0, gBar: [0, 0], delta: [0, 0] }, [1, 2], settings)).toThrow(
        'moments.n: expected shape [2] (that of the gradient), got []',
      );
      expect(() => call(gravesStep, { n: [0], gBar: [0] }, [1], settings)).toThrow(
        'moments.delta: expected a tensor of numbers',
      );
      expect(() => call(gravesStep, { n: [0], gBar: [0], delta: [0] }, [1])).toThrow(
        'settings: expected an object of options',
      );
      expect(() =>
        call(gravesStep, { n: [0], gBar: [0], delta: [0] }, [1], { ...settings, decay: 1 }),
      ).toThrow('decay');
    });
  });

  test('name what is wrong', () => {
    tidy(() => {
      const gone = ones([2]);
      gone.dispose();
      expect(() => globalNorm({ kernel: gone })).toThrow(
        "gradients['kernel']: expected a tensor of numbers, got a tensor that was",
      );
      expect(() => call(globalNorm, { kernel: 'x' })).toThrow(
        "gradients['kernel']: expected a tensor of numbers, got 'x'",
      );
      expect(() => call(globalNorm)).toThrow('gradients: expected tensors by name, got undefined');
      expect(() => call(globalNorm, ones([2]))).toThrow(
        'gradients: expected tensors by name, got a tensor of shape [2]',
      );
      expect(() => call(clipByValue, { a: [1] })).toThrow(
        'limit: expected a finite number above 0, got undefined',
      );
    });
  });

  test('whatever comes is a number or refused, and nothing is left behind', () => {
    const before = memory().numTensors;
    const functions: ((...given: never[]) => unknown)[] = [
      globalNorm,
      clipByGlobalNorm,
      clipByValue,
      gravesStep,
    ];
    const work = fc.constantFrom(...functions);
    fc.assert(
      fc.property(work, fc.anything(), fc.anything(), fc.anything(), (each, ...given) => {
        try {
          tidy(() => void call(each, ...given));
        } catch (error) {
          expect(error).toSatisfy(isTapeheadError);
        }
      }),
      { numRuns: 600 },
    );
    expect(memory().numTensors).toBe(before);
  });
});
