import { dispose, memory, type TensorContainer } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';

/** Asserts that `run`, called twice after a warm-up, leaves no tensor behind but what it returns. */
export function expectNoLeak(run: () => TensorContainer): void {
  dispose(run());
  const before = memory().numTensors;
  dispose(run());
  dispose(run());
  expect(memory().numTensors).toBe(before);
}
