import { env, findBackendFactory, getBackend, memory, scalar } from '@tensorflow/tfjs-core';
import { expect, it, vi } from 'vitest';
import { useBackend } from './useBackend.js';

it('takes cpu without loading wasm, without a banner and without a leak', async () => {
  const said = (['log', 'info', 'warn', 'error'] as const).map((level) => vi.spyOn(console, level));
  expect((await useBackend('cpu')).backend).toBe('cpu');
  scalar(1).dispose();
  expect(said.flatMap((spy) => spy.mock.calls)).toEqual([]);
  expect(getBackend()).toBe('cpu');
  expect(findBackendFactory('wasm') ?? null).toBeNull();
  expect(memory()).toMatchObject({ numTensors: 0, numDataBuffers: 0 });
});

it("leaves tfjs's other warnings on", async () => {
  await useBackend('cpu');
  expect(env().getBool('PROD')).toBe(false);
});
