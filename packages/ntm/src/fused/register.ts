import { hasFunctions, registerKernels } from '@tapehead/core/kernels';
import { type BaselineDoors, baselineKernels } from '../baseline/fused/bodies.js';
import { modules } from '../generated/kernels.js';
import { type NtmDoors, ntmKernels } from './bodies.js';
import { registerGpu } from './gpu.js';

const doorNames = [
  'workspaceBytes',
  'sequenceForward',
  'sequenceTrace',
  'sequenceBackward',
  'baselineWorkspaceBytes',
  'baselineForward',
  'baselineBackward',
];
const hasDoors = (exports: object): exports is NtmDoors & BaselineDoors => hasFunctions(exports, doorNames);

/**
 * Registers the whole-sequence kernels: those of the NTM on the webgpu, wasm and cpu backends, those of the LSTM baseline on
 * wasm and cpu. From then on every net whose `engine` is not `reference` runs on them. Once is enough; it may come before or
 * after a backend is chosen.
 *
 * @throws TapeheadError `backend` where the engine has no WebAssembly SIMD
 */
export async function registerFused(): Promise<void> {
  registerGpu();
  await registerKernels(modules, hasDoors, { ...ntmKernels, ...baselineKernels });
}
