import { existsSync } from 'node:fs';
import { useBackend } from '@tapehead/backend';
import type { Tensor } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { silenceBanner } from './backends.js';

/** The software Vulkan that Debian's Chromium brings. */
const swiftShader = '/usr/lib/chromium/vk_swiftshader_icd.json';

/**
 * Declares tests that set the webgpu backend themselves, on whatever adapter there is: by default the software one of
 * Chromium, so that they run where there is no GPU.
 */
export async function onGpu(name: string, tests: () => void): Promise<void> {
  if (existsSync(swiftShader)) process.env.VK_ICD_FILENAMES ??= swiftShader;
  const gpu = await useBackend('webgpu').catch((error: unknown) => String(error));
  if (typeof gpu === 'string') {
    test.skip(`${name} on webgpu: ${gpu}; for a software one, apt install chromium libvulkan1`, () => {});
    return;
  }
  describe(`${name} on webgpu`, () => {
    beforeAll(() => useBackend('cpu').then(silenceBanner));
    tests();
    // What is still to be read of the GPU needs it.
    afterAll(() => gpu.release());
  });
}

/** The numbers of tensors, which on a GPU cannot be read at once. */
export function numbersOf(tensors: readonly Tensor[]): Promise<number[][]> {
  return Promise.all(tensors.map(async (each) => Array.from(await each.data())));
}
