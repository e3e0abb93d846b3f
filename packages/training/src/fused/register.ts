import {
  type CpuKernel,
  functionOf,
  registerCpuKernel,
  registerGpuKernel,
  sizeOf,
} from '@tapehead/core/kernels';
import { modules } from '../generated/gravesRmsProp.js';
import { guardedOnGpu, measuresOnGpu } from './gpu.js';
import { GROUP, gravesKernel, guardedKernel, measuresKernel, normKernel } from './kernels.js';

/**
 * Registers the kernels of Graves's RMSProp and of the global norm on the webgpu, wasm and cpu backends: from then on the
 * optimizer and the loop run on them. Once is enough; it may come before or after a backend is chosen.
 *
 * @throws TapeheadError `backend` where the engine has no WebAssembly SIMD
 */
export async function registerFused(): Promise<void> {
  registerGpuKernel(measuresKernel, measuresOnGpu);
  registerGpuKernel(guardedKernel, guardedOnGpu);
  await registerCpuKernel(normKernel, modules, normOnCpu);
  await registerCpuKernel(gravesKernel, modules, gravesOnCpu);
}

// See assembly/gravesRmsProp.ts for what the functions take.

const normOnCpu: CpuKernel<ReturnType<typeof normKernel.settingsOf>> = {
  run(functions, _settings, { inputs, outputs: [norm = 0], call }, given) {
    const sumOfSquares = functionOf(functions, 'sumOfSquares');
    let sum = 0;
    for (const [i, gradient] of given.entries()) sum += sumOfSquares(inputs[i] ?? 0, sizeOf(gradient));
    new Float32Array(call.memory.buffer, norm, 1)[0] = Math.sqrt(sum);
  },
};

const gravesOnCpu: CpuKernel<ReturnType<typeof gravesKernel.settingsOf>> = {
  run(functions, { learningRate, decay, momentum, epsilon, scale, bound }, { inputs, outputs }, given) {
    const gravesRmsProp = functionOf(functions, 'gravesRmsProp');
    for (const [i, next] of outputs.entries()) {
      const first = GROUP * i;
      const count = sizeOf(given[first] ?? { shape: [0] });
      const group = inputs.slice(first, first + GROUP);
      gravesRmsProp(next, ...group, count, learningRate, decay, momentum, epsilon, scale, bound);
    }
  },
};
