import { registerAxesOp } from '@tapehead/core/kernels';
import { modules } from '../generated/heads.js';
import { writeOnGpu } from './gpu.js';
import { writeOp } from './op.js';

/** See assembly/kernels.ts for what these functions take. */
const functions = { forward: 'writeHeads', backward: 'writeHeadsBackward', room: 'memoryWorkspaceBytes' };

/**
 * Registers the kernels of `write` on the webgpu, wasm and cpu backends: from then on `write` runs on them there, with
 * gradients. Once is enough; it may come before or after a backend is chosen.
 *
 * @throws TapeheadError `backend` where the engine has no WebAssembly SIMD
 */
export const registerFused = (): Promise<void> => registerAxesOp(writeOp, modules, functions, writeOnGpu);
