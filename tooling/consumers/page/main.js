import { useBackend } from '@tapehead/backend';
import { numbers } from './numbers.js';
import { wasmPaths } from './wasmPaths.js';

async function on(backend) {
  const chosen = await useBackend(backend, { wasmPaths });
  return { backend: chosen.backend, numbers: await numbers() };
}

globalThis.answer = (async () => [await on('cpu'), await on('wasm')])();
