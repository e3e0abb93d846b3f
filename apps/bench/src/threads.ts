import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Run } from '@tapehead/training';
import { createPool, type Pool } from '@tapehead/training/workers';
import { Option } from 'commander';
import type { ComputeFlags } from './backend.js';
import { UsageError } from './exit.js';
import type { NetWorkerConfig } from './netWorker.js';
import { say } from './output.js';
import type { OwnModule } from './own/module.js';
import { integerFrom } from './parse.js';

export interface ThreadFlags extends ComputeFlags {
  threads: number;
}

export function threadsOption(): Option {
  const cores = availableParallelism();
  return new Option(
    '--threads <n>',
    `so many share the sequences of an update (1 to ${cores}, the cores here)`,
  )
    .argParser(integerFrom(1, cores))
    .default(1);
}

/** Workers compute as this thread does, which a GPU cannot for more than one. @throws UsageError */
export function checkThreads({ threads, backend }: ThreadFlags): void {
  if (threads === 1 || backend !== 'webgpu') return;
  throw new UsageError(`--threads: expected 1 with --backend webgpu, got ${threads}; use wasm or cpu`);
}

/**
 * Workers for all threads of a run but this one, where there are any to be had; the caller closes them.
 * @param own the module whose model is trained, where it is one's
 */
export async function poolOf(
  { model, task, batchSize }: Pick<Run, 'model' | 'batchSize'> & Partial<Pick<Run, 'task'>>,
  { threads, backend, engine }: ThreadFlags,
  own?: OwnModule,
): Promise<Pool | undefined> {
  const useful = Math.min(threads, batchSize);
  if (useful < threads) say(`threads ${useful}: a batch of ${batchSize} cannot be shared by ${threads}`);
  if (useful === 1) return undefined;
  const config: NetWorkerConfig = { net: model.config, backend, engine, ...(own && ownModel(own, task)) };
  const worker = () => new Worker(new URL('./netWorker.js', import.meta.url));
  return createPool({ model, threads: useful, worker, config });
}

/** Every thread takes the parameters of this one, whatever its seed. */
function ownModel({ file, path }: OwnModule, task: Run['task'] | undefined): Pick<NetWorkerConfig, 'own'> {
  return { own: { file, path, settings: { ...task?.settings }, seed: 1 } };
}
