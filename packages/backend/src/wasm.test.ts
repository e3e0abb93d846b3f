import { findBackendFactory, getBackend, grad, scalar, square } from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it, vi } from 'vitest';
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

describe('wasm, where no WebAssembly runs', () => {
  afterEach(() => vi.unstubAllGlobals());

  it.each([
    ['the engine has none', undefined, /this engine has no WebAssembly \(or ask for 'cpu'\)$/],
    [
      "the page's policy forbids it",
      { ...WebAssembly, validate: () => true, compile: () => Promise.reject(new WebAssembly.CompileError()) },
      /Content-Security-Policy forbids WebAssembly: add 'wasm-unsafe-eval' to its script-src directive \(/,
    ],
  ])('says that %s, and recovers', async (_, stub, message) => {
    vi.stubGlobal('WebAssembly', stub);
    const told = expect.stringMatching(message);
    await expect(useBackend('wasm')).rejects.toMatchObject({ code: 'backend', message: told });
    expect(await useBackend()).toMatchObject({ backend: 'cpu', reason: told });
    vi.unstubAllGlobals();
    expect((await useBackend()).backend).toBe('wasm');
  });
});

describe('webgl', () => {
  it('is only there where the page has imported it, and says so', async () => {
    await expect(useBackend('webgl')).rejects.toMatchObject({
      code: 'backend',
      message: expect.stringMatching(
        /^backend 'webgl' is not there: .*import '@tensorflow\/tfjs-backend-webgl'/,
      ),
    });
    expect(getBackend()).toBe('wasm');
  });
});
