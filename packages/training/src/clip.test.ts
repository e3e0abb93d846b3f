import { expectClose } from '@tapehead/testing';
import { type NamedTensorMap, tensor1d, tensor2d, tidy, zeros } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { type Clip, clipByGlobalNorm, clipByValue, globalNorm } from './clip.js';
import { limited, limitOf } from './limit.js';
import { onEachEngine } from './testing/engines.js';

/** ‖g‖ = 13 */
const gradients = (): NamedTensorMap => ({ a: tensor1d([3, -4]), b: tensor2d([[12]]) });
const values = (map: NamedTensorMap) => Object.values(map).flatMap((each) => Array.from(each.dataSync()));

onEachEngine('clipping', () => {
  test('the global norm is that of all gradients together', () => {
    tidy(() => {
      expectClose(globalNorm(gradients()), 13, 1e-6);
      expectClose(globalNorm({}), 0, 1e-6);
    });
  });

  test('a norm whose square is no float32 is still a number, and clips', () => {
    tidy(() => {
      const long = { a: tensor1d([3e24, 0, 0, 0, 0, 0, 0, 0, -4e24]), b: tensor1d([1]) };
      expectClose(globalNorm(long), 5e24, 5e18);
      expectClose(values(clipByGlobalNorm(long, 1)), [0.6, 0, 0, 0, 0, 0, 0, 0, -0.8, 0], 1e-6);
      expect(globalNorm({ a: tensor1d([Number.NaN, 1e30]) }).dataSync()[0]).toBeNaN();
    });
  });

  test('by global norm: the direction stays, the norm is the limit', () => {
    tidy(() => {
      const clipped = clipByGlobalNorm(gradients(), 6.5);
      expect(Object.keys(clipped)).toEqual(['a', 'b']);
      expectClose(values(clipped), [1.5, -2, 6], 1e-6);
      expectClose(globalNorm(clipped), 6.5, 1e-6);
    });
  });

  test('by global norm: what is within the limit stays as it is, zero too', () => {
    tidy(() => {
      expect(values(clipByGlobalNorm(gradients(), 13.5))).toEqual([3, -4, 12]);
      expect(values(clipByGlobalNorm({ a: zeros([2]) }, 1))).toEqual([0, 0]);
    });
  });

  test('by global norm: a limit that float32 rounds to 0 or infinity gives numbers too', () => {
    tidy(() => {
      expect(values(clipByGlobalNorm(gradients(), 1e300))).toEqual([3, -4, 12]);
      expect(values(clipByGlobalNorm({ a: zeros([2]) }, 1e-50))).toEqual([0, 0]);
      expectClose(values(clipByGlobalNorm(gradients(), 1e-50)), [0, 0, 0], 1e-30);
    });
  });

  test('by value: each component by itself', () => {
    tidy(() => {
      expect(values(clipByValue(gradients(), 3.5))).toEqual([3, -3.5, 3.5]);
    });
  });

  test('the limit that a clip comes to does the same, and leaves alone what is within it', () => {
    tidy(() => {
      const clipped = (clip: Clip) =>
        Object.values(gradients()).flatMap((each) => Array.from(limited(each, limitOf(clip, 13)).dataSync()));
      expect(clipped('none')).toEqual([3, -4, 12]);
      expect(clipped({ value: 3 })).toEqual([3, -3, 3]);
      expectClose(clipped({ norm: 1.3 }), [0.3, -0.4, 1.2], 1e-6);
      const given = tensor1d([3, -4]);
      for (const clip of ['none', { value: 20 }, { norm: 20 }] as const) {
        expect(limited(given, limitOf(clip, 13))).toBe(given);
      }
    });
  });
});

test('a limit must be above 0', () => {
  expect(() => clipByGlobalNorm({}, 0)).toThrow('limit: expected a finite number above 0, got 0');
  expect(() => clipByValue({}, Number.NaN)).toThrow('limit: expected a finite number above 0, got NaN');
});
