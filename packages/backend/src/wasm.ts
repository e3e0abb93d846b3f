import { env } from '@tensorflow/tfjs-core';
import type { Candidate } from './types.js';

/** WebAssembly with SIMD, on one thread: threads hang in a minified, cross-origin-isolated page and never run in Node. */
export const wasm: Candidate = {
  merit: 'the fastest here at the many small operations of a net with a memory',
  remedy: "in a browser, pass wasmPaths, where tfjs's .wasm files are served; or ask for 'cpu'",
  async prepare({ wasmPaths }) {
    if (typeof WebAssembly === 'undefined') throw new Error('this engine has no WebAssembly');
    const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
    env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
    if (wasmPaths !== undefined) setWasmPaths(wasmPaths);
    return { release() {} };
  },
};
