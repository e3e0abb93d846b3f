import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { getBackend, scalar, square } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it, vi } from 'vitest';
import { useBackend } from './useBackend.js';

const folder = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'));
const wrong = { wasmPaths: '/nowhere/' };

beforeAll(() => {
  // tfjs and its binary print each failure.
  for (const level of ['warn', 'error'] as const) vi.spyOn(console, level).mockImplementation(() => {});
});

it('takes right wasmPaths after wrong ones, twice wrong included', async () => {
  await expect(useBackend('wasm', wrong)).rejects.toMatchObject({
    code: 'backend',
    message: expect.stringMatching(/pass as wasmPaths where/),
  });
  await expect(useBackend('wasm')).rejects.toMatchObject({ code: 'backend' });
  expect((await useBackend('auto', wrong)).backend).toBe('cpu');
  expect(square(scalar(3)).dataSync()[0]).toBe(9);
  expect((await useBackend('wasm', { wasmPaths: folder })).backend).toBe('wasm');
  expect(getBackend()).toBe('wasm');
  expect(square(scalar(3)).dataSync()[0]).toBe(9);
});
