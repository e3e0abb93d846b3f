import { registerAxesOp } from '@tapehead/core/kernels';
import { modules } from '../generated/kernels.js';
import { lstmOnGpu } from './gpu.js';
import { lstmOp } from './op.js';

/** See assembly/kernels.ts for what these functions take. */
const functions = {
  forward: 'lstmStep',
  backward: 'lstmStepBackward',
  workspace: 'lstmKeptBytes',
  room: 'lstmWorkspaceBytes',
};

/**
 * Registers the kernels of `lstmStep` on the webgpu, wasm and cpu backends, with their gradient: from then on `lstmStep`, and
 * with it every LSTM controller, runs on them there. Once is enough; it may come before or after a backend is chosen.
 *
 * @throws TapeheadError `backend` where the engine has no WebAssembly SIMD
 */
export const registerFused = (): Promise<void> => registerAxesOp(lstmOp, modules, functions, lstmOnGpu);
