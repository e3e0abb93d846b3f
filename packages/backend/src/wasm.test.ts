import { findBackendFactory, getBackend, grad, scalar, square } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { useBackend } from './useBackend.js';

it('takes wasm by itself, says so, and loads no other backend', async () => {
  const chosen = await useBackend();
  expect(chosen).toMatchObject({ backend: 'wasm', reason: expect.stringMatching(/^wasm: /) });
  expect(getBackend()).toBe('wasm');
  expect(findBackendFactory('cpu') ?? null).toBeNull();
  expect(findBackendFactory('webgpu') ?? null).toBeNull();
});

it('registers the gradients, which tfjs-core alone lacks in Node', async () => {
  await useBackend('wasm');
  const slope = grad((x) => square(x))(scalar(3));
  expect(slope.dataSync()[0]).toBe(6);
});

it('goes from one backend to another and back', async () => {
  for (const name of ['cpu', 'wasm'] as const) {
    expect((await useBackend(name)).backend).toBe(name);
    expect(getBackend()).toBe(name);
  }
});
