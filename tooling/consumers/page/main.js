import { useBackend } from '@tapehead/backend';
import { numbers } from './numbers.js';
import { wasmPaths } from './wasmPaths.js';

async function on(name) {
  const { backend } = await useBackend(name, { wasmPaths });
  return { backend, reference: await numbers('reference'), fused: await numbers('fused') };
}

globalThis.answer = (async () => [await on('cpu'), await on('wasm')])();
