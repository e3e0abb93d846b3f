import { workerData } from 'node:worker_threads';
import { type BackendChoice, useBackend } from '@tapehead/backend';
import type { Engine } from '@tapehead/ntm';
import { serve } from '@tapehead/training/workers';
import { registerKernels } from './backend.js';
import { messageOf } from './exit.js';
import { netOf, ownModel } from './net.js';
import { loadModule } from './own/module.js';

/** What a worker builds its net from, as the thread that trains builds its own. */
export interface NetWorkerConfig {
  net: object | undefined;
  backend: BackendChoice;
  engine: Engine;
  /** Where the net is the model of the module: of which task. */
  model?: { settings: Readonly<Record<string, unknown>>; seed: number };
}

/** What it begins with. */
export interface NetWorkerData {
  /** The module of the task, where it is of one. */
  module?: { file: string; path: string };
}

const { module }: NetWorkerData = workerData;
// Until there is a listener, messages to a worker of Node wait.
const own = module && (await loadModule(module.file, module.path).catch(tell));

/** An error that ends a worker arrives without its causes. */
function tell(error: unknown): never {
  throw new Error(messageOf(error));
}

serve<NetWorkerConfig>({
  ...(own?.cost && { cost: own.cost }),
  async build({ net, model, backend, engine }) {
    await useBackend(backend);
    if (engine !== 'reference') await registerKernels(engine);
    if (own === undefined || model === undefined) return netOf(net, engine);
    return ownModel(own, { task: own.task(model.settings), seed: model.seed, engine });
  },
});
