import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { scalar, setBackend, square } from '@tensorflow/tfjs-core';
import { expect, it, vi } from 'vitest';
import { useBackend } from './useBackend.js';

it("says to reload after a failed start of the caller's own, where tfjs takes no other paths, and runs on cpu", async () => {
  for (const level of ['warn', 'error'] as const) vi.spyOn(console, level).mockImplementation(() => {});
  setWasmPaths('/nowhere/');
  expect(await setBackend('wasm')).toBe(false);
  const reload = 'reload the page and pass as wasmPaths';
  await expect(useBackend('wasm')).rejects.toMatchObject({
    code: 'backend',
    message: expect.stringMatching(`^backend 'wasm' is not there: tfjs could not start it .*${reload}`),
  });
  await expect(useBackend('wasm', { wasmPaths: '/elsewhere/' })).rejects.toMatchObject({
    code: 'backend',
    message: expect.stringMatching(`^backend 'wasm' is not there: .* takes no new wasmPaths .*${reload}`),
  });
  expect((await useBackend()).backend).toBe('cpu');
  expect(square(scalar(3)).dataSync()[0]).toBe(9);
});
