import { obstacleToWebAssembly } from '@tapehead/core';
import { env } from '@tensorflow/tfjs-core';
import { registerAgain } from './factories.js';
import { Missing } from './missing.js';
import type { Candidate } from './types.js';
import { giveWasmPaths, takesOtherPaths } from './wasmPaths.js';

/** WebAssembly with SIMD, on one thread: threads hang in a minified, cross-origin-isolated page and never run in Node. */
export const wasm: Candidate = {
  merit: 'the fastest here at the many small operations of a net with a memory',
  remedy: () =>
    takesOtherPaths()
      ? "in a browser, pass as wasmPaths where tfjs's .wasm files are served; or ask for 'cpu'"
      : "in a browser, reload the page and pass as wasmPaths, in the first call, where tfjs's .wasm files are served; " +
        "or ask for 'cpu'",
  async prepare({ wasmPaths }) {
    const obstacle = await obstacleToWebAssembly();
    if (obstacle !== undefined) throw new Missing(obstacle, "or ask for 'cpu'");
    const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
    env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
    if (wasmPaths !== undefined) giveWasmPaths(setWasmPaths, wasmPaths);
    registerAgain('wasm');
    return { release() {} };
  },
};
