import { type BackendChoice, useBackend } from '@tapehead/backend';
import type { Engine } from '@tapehead/ntm';
import { serve } from '@tapehead/training/workers';
import { registerKernels } from './backend.js';
import { netOf } from './net.js';

/** What a worker builds its net from, as the thread that trains builds its own. */
export interface NetWorkerConfig {
  net: object | undefined;
  backend: BackendChoice;
  engine: Engine;
}

serve<NetWorkerConfig>({
  async build({ net, backend, engine }) {
    await useBackend(backend);
    if (engine !== 'reference') await registerKernels(engine);
    return netOf(net, engine);
  },
});
