import { useBackend } from '@tapehead/backend';
import { numbers } from './numbers.js';
import { wasmPaths } from './wasmPaths.js';

const failure = (promise) => promise.then(String, ({ code, message }) => `${code}: ${message}`);

/** A page that is told a wrong folder, then none, then where the files are. */
globalThis.answer = (async () => {
  const refused = [
    await failure(useBackend('wasm', { wasmPaths: '/nowhere/' })),
    await failure(useBackend('wasm')),
  ];
  const auto = await useBackend();
  const { backend } = await useBackend('wasm', { wasmPaths });
  return { refused, meanwhile: auto.backend, backend, fused: await numbers('fused') };
})();
