import { registerAgain } from './factories.js';
import type { Candidate } from './types.js';

/**
 * The GPU of a browser through WebGL, without kernels of ours. Its module is not imported here: a bundler could not
 * build a page without it.
 */
export const webgl: Candidate = {
  merit: 'the GPU without kernels of ours: each step is dozens of small GPU programs',
  remedy: () =>
    "in a browser with WebGL, import '@tensorflow/tfjs-backend-webgl' or '@tensorflow/tfjs' first; or ask for 'wasm'",
  async prepare() {
    registerAgain('webgl');
    return { release() {} };
  },
};
