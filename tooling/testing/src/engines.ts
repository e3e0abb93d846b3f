import { getKernel, unregisterKernel } from '@tensorflow/tfjs-core';
import { beforeAll } from 'vitest';
import { backends, onEachBackend } from './backends.js';

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
