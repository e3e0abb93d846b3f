import { registerFused as registerAddress } from '@tapehead/addressing/fused';
import { useBackend } from '@tapehead/backend';
import { registerFused as registerLstmStep } from '@tapehead/controller/fused';
import { registerFused as registerWrite } from '@tapehead/memory/fused';
import { registerFused as registerSequence } from '@tapehead/ntm/fused';
import { registerFused as registerOptimizer } from '@tapehead/training/fused';
import { numbers } from './numbers.js';
import { wasmPaths } from './wasmPaths.js';

const failure = (promise) => promise.then(String, ({ code, message }) => `${code}: ${message}`);

/** What becomes of WebAssembly where the page's policy forbids it. */
globalThis.answer = (async () => {
  const refused = [await failure(useBackend('wasm', { wasmPaths }))];
  const { backend, reason } = await useBackend('auto', { wasmPaths });
  for (const register of [
    registerAddress,
    registerWrite,
    registerLstmStep,
    registerSequence,
    registerOptimizer,
  ])
    refused.push(await failure(register()));
  return { backend, reason, refused, reference: await numbers('reference') };
})();
