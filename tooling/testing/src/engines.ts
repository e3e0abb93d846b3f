import { getBackend, getKernel, type TensorContainer, unregisterKernel } from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { backends, onEachBackend } from './backends.js';
import { kernelCalls } from './kernelCalls.js';

/** A package's fused kernels. */
export interface FusedKernels {
  readonly registerFused: () => Promise<void>;
  readonly kernelNames: Readonly<Record<string, string>>;
}

/** Declares the same tests for each backend, without the fused kernels and with them. */
export function onEachEngine(
  name: string,
  { registerFused, kernelNames }: FusedKernels,
  tests: (engine: 'reference' | 'fused') => void,
): void {
  onEachBackend(`${name}, reference,`, () => {
    beforeAll(() => withoutKernels(kernelNames));
    tests('reference');
  });
  onEachBackend(`${name}, fused,`, () => {
    beforeAll(registerFused);
    tests('fused');
  });
}

/** tfjs throws for a kernel that is not registered. */
function withoutKernels(kernelNames: FusedKernels['kernelNames']): void {
  for (const backend of backends) {
    for (const kernel of Object.values(kernelNames)) {
      if (getKernel(kernel, backend)) unregisterKernel(kernel, backend);
    }
  }
}

/**
 * Declares the tests of what an op's `engine` chooses, on each backend.
 * @param module what registers its kernels
 */
export function testEngineOption(
  name: string,
  module: string,
  { registerFused, kernelNames }: FusedKernels,
  op: (options?: { readonly engine: 'auto' | 'fused' | 'reference' }) => TensorContainer,
): void {
  const taken = async (...options: Parameters<typeof op>) =>
    (await kernelCalls(() => op(...options))).filter((call) => Object.values(kernelNames).includes(call));
  onEachBackend(`the engine of ${name}`, () => {
    test('without a kernel auto is the reference, and fused says what to do', async () => {
      withoutKernels(kernelNames);
      expect(await taken()).toEqual([]);
      expect(await taken({ engine: 'reference' })).toEqual([]);
      expect(() => op({ engine: 'fused' })).toThrow(
        `engine: 'fused' is not there: no kernels are registered on the tfjs backend '${getBackend()}'; ` +
          `on webgpu, wasm and cpu, await registerFused() of ${module} first`,
      );
    });

    test('with a kernel auto and fused take it, and reference never does', async () => {
      await registerFused();
      const [forward] = Object.values(kernelNames);
      expect(await taken()).toEqual([forward]);
      expect(await taken({ engine: 'fused' })).toEqual([forward]);
      expect(await taken({ engine: 'reference' })).toEqual([]);
    });

    test('another is a mistake', () => {
      expect(() => op({ engine: JSON.parse('"fast"') })).toThrow(
        "engine: expected one of 'auto', 'fused', 'reference', got 'fast'",
      );
    });
  });
}
