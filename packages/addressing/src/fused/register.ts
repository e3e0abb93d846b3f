import { registerAxesOp } from '@tapehead/core/kernels';
import { modules } from '../generated/heads.js';
import { addressOnGpu } from './gpu.js';
import { addressOp } from './op.js';

/** See assembly/kernels.ts for what these functions take. */
const functions = {
  forward: 'addressHeads',
  backward: 'addressHeadsBackward',
  workspace: 'addressWorkspaceBytes',
};

/**
 * Registers the kernels of `address` on the webgpu, wasm and cpu backends: from then on `address` runs on them there, with
 * gradients. Once is enough; it may come before or after a backend is chosen.
 *
 * @throws TapeheadError `backend` where the engine has no WebAssembly SIMD
 */
export const registerFused = (): Promise<void> => registerAxesOp(addressOp, modules, functions, addressOnGpu);
