import { expectClose, onEachBackend } from '@tapehead/testing';
import { dispose, memory, type NamedTensorMap, tensor1d, tensor2d, tidy, zeros } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { clipByGlobalNorm, clipByValue, clipGradients, globalNorm } from './clip.js';

/** ‖g‖ = 13 */
const gradients = (): NamedTensorMap => ({ a: tensor1d([3, -4]), b: tensor2d([[12]]) });
const values = (map: NamedTensorMap) => Object.values(map).flatMap((each) => Array.from(each.dataSync()));

onEachBackend('clipping', () => {
  test('the global norm is that of all gradients together', () => {
    tidy(() => {
      expectClose(globalNorm(gradients()), 13, 1e-6);
      expectClose(globalNorm({}), 0, 1e-6);
    });
  });

  test('by global norm: the direction stays, the norm is the limit, whether ‖g‖ is given or not', () => {
    tidy(() => {
      for (const clipped of [clipByGlobalNorm(gradients(), 6.5), clipByGlobalNorm(gradients(), 6.5, 13)]) {
        expect(Object.keys(clipped)).toEqual(['a', 'b']);
        expectClose(values(clipped), [1.5, -2, 6], 1e-6);
        expectClose(globalNorm(clipped), 6.5, 1e-6);
      }
    });
  });

  test('by global norm: what is within the limit stays as it is, zero too', () => {
    tidy(() => {
      expect(values(clipByGlobalNorm(gradients(), 13.5))).toEqual([3, -4, 12]);
      expect(values(clipByGlobalNorm(gradients(), 13.5, 13))).toEqual([3, -4, 12]);
      expect(values(clipByGlobalNorm({ a: zeros([2]) }, 1))).toEqual([0, 0]);
    });
  });

  test('by value: each component by itself', () => {
    tidy(() => {
      expect(values(clipByValue(gradients(), 3.5))).toEqual([3, -3.5, 3.5]);
    });
  });

  test('clips as it is told', () => {
    tidy(() => {
      expect(values(clipGradients(gradients(), 'none', 13))).toEqual([3, -4, 12]);
      expect(values(clipGradients(gradients(), { value: 3 }, 13))).toEqual([3, -3, 3]);
      expectClose(values(clipGradients(gradients(), { norm: 1.3 }, 13)), [0.3, -0.4, 1.2], 1e-6);
    });
  });

  test('results are new tensors, so that both sides are disposed alike', () => {
    const before = memory().numTensors;
    for (const clip of ['none', { value: 20 }, { norm: 20 }, { norm: 1 }] as const) {
      const given = gradients();
      const clipped = clipGradients(given, clip, 13);
      dispose(given);
      expect(values(clipped).length).toBe(3);
      dispose(clipped);
    }
    expect(memory().numTensors).toBe(before);
  });
});

test('a limit must be above 0', () => {
  expect(() => clipByGlobalNorm({}, 0)).toThrow('limit: expected a finite number above 0, got 0');
  expect(() => clipByValue({}, Number.NaN)).toThrow('limit: expected a finite number above 0, got NaN');
});
