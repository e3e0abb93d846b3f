import { type BackendChoice, useBackend } from '@tapehead/backend';
import type { Engine } from '@tapehead/ntm';
import { serve } from '@tapehead/training/workers';
import { registerKernels } from './backend.js';
import { netOf, ownModel } from './net.js';
import { loadModule } from './own/module.js';

/** What a worker builds its net from, as the thread that trains builds its own. */
export interface NetWorkerConfig {
  net: object | undefined;
  /** Where the net is the model of a module: which, and of which task. */
  own?: { file: string; path: string; settings: Readonly<Record<string, unknown>>; seed: number };
  backend: BackendChoice;
  engine: Engine;
}

serve<NetWorkerConfig>({
  async build({ net, own, backend, engine }) {
    await useBackend(backend);
    if (engine !== 'reference') await registerKernels(engine);
    if (own === undefined) return netOf(net, engine);
    const { file, path, settings, seed } = own;
    const module = await loadModule(file, path);
    return ownModel(module, { task: module.task(settings), seed, engine });
  },
});
