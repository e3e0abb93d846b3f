import { getBackend, scalar } from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { useBackend } from './useBackend.js';

afterEach(() => vi.unstubAllGlobals());

describe('webgpu, where it is not there', () => {
  it('fails in Node without the npm package webgpu, and says what to install', async () => {
    vi.stubGlobal('navigator', {});
    vi.doMock('webgpu', () => {
      throw new Error('not installed');
    });
    await expect(useBackend('webgpu')).rejects.toMatchObject({
      code: 'backend',
      message: expect.stringMatching(/^backend 'webgpu' is not there: .*install the npm package webgpu/s),
    });
  });

  it('fails where there is no adapter, and leaves the backend before it working', async () => {
    await useBackend('cpu');
    vi.stubGlobal('navigator', { gpu: { requestAdapter: async () => null } });
    await expect(useBackend('webgpu')).rejects.toMatchObject({
      code: 'backend',
      message: expect.stringContaining('no adapter'),
    });
    expect(getBackend()).toBe('cpu');
    expect(scalar(2).dataSync()[0]).toBe(2);
  });

  it('fails where tfjs cannot start it, and goes back to the backend before it', async () => {
    const error = vi.spyOn(console, 'warn').mockImplementation(() => {});
    await useBackend('cpu');
    const requestAdapter = vi.fn().mockResolvedValueOnce({}).mockResolvedValue(null);
    vi.stubGlobal('navigator', { gpu: { requestAdapter } });
    await expect(useBackend('webgpu')).rejects.toMatchObject({ code: 'backend' });
    expect(getBackend()).toBe('cpu');
    expect(scalar(2).dataSync()[0]).toBe(2);
    error.mockRestore();
  });
});

describe('webgpu in Node', () => {
  it('lets go of Dawn where tfjs cannot start it: Dawn keeps a process from ending', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => {});
    await useBackend('cpu');
    vi.stubGlobal('navigator', {});
    const requestAdapter = vi.fn().mockResolvedValueOnce({}).mockResolvedValue(null);
    vi.doMock('webgpu', () => ({ create: () => ({ requestAdapter }), globals: {} }));
    await expect(useBackend('webgpu')).rejects.toMatchObject({ code: 'backend' });
    expect(globalThis.navigator).not.toHaveProperty('gpu');
    expect(getBackend()).toBe('cpu');
  });
});

describe('auto', () => {
  const software = { isFallbackAdapter: true, architecture: 'swiftshader' };

  it('never takes software, however large the work', async () => {
    vi.stubGlobal('navigator', { gpu: { requestAdapter: async () => ({ info: software }) } });
    const { backend, reason } = await useBackend('auto', { batch: 1024 });
    expect(backend).toBe('wasm');
    expect(reason).toContain('its only adapter is software, slower than wasm');
  });

  it('does not look for a GPU where the work is small', async () => {
    const requestAdapter = vi.fn();
    vi.stubGlobal('navigator', { gpu: { requestAdapter } });
    expect((await useBackend('auto', { batch: 1 })).backend).toBe('wasm');
    expect(requestAdapter).not.toHaveBeenCalled();
  });
});
