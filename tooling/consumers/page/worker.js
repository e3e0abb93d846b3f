import { useBackend } from '@tapehead/backend';
import { NTM } from '@tapehead/ntm';
import { registerFused } from '@tapehead/ntm/fused';
import { serve } from '@tapehead/training/workers';
import { wasmPaths } from './wasmPaths.js';

serve({
  async build(config) {
    await useBackend('wasm', { wasmPaths });
    await registerFused();
    return NTM.build(config);
  },
});
