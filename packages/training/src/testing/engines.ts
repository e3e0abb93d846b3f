import { onEachBackend } from '@tapehead/testing';
import { getBackend, getKernel, unregisterKernel } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe } from 'vitest';
import { registerFused } from '../fused.js';
import { kernelNames } from './kernelNames.js';

/** Declares the same tests once for each backend and engine. */
export function onEachEngine(name: string, tests: () => void): void {
  onEachBackend(name, () => {
    describe('reference', tests);
    describe('fused', () => {
      beforeAll(registerFused);
      afterAll(() => {
        for (const kernel of Object.values(kernelNames)) {
          if (getKernel(kernel, getBackend())) unregisterKernel(kernel, getBackend());
        }
      });
      tests();
    });
  });
}
