import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Run } from '@tapehead/training';
import { createPool, type Pool } from '@tapehead/training/workers';
import { Option } from 'commander';
import type { ComputeFlags } from './backend.js';
import { UsageError } from './exit.js';
import type { NetWorkerConfig, NetWorkerData } from './netWorker.js';
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

/** The module of a run's task. */
export interface RunModule {
  own: OwnModule;
  /** Whether the net is its model. */
  model: boolean;
}

/**
 * Workers for all threads of a run but this one, where there are any to be had; the caller closes them.
 * @param module that of the task, where it is of one
 */
export async function poolOf(
  { model, task, batchSize }: Pick<Run, 'model' | 'task' | 'batchSize'>,
  { threads, backend, engine }: ThreadFlags,
  module?: RunModule,
): Promise<Pool | undefined> {
  const useful = Math.min(threads, batchSize);
  if (useful < threads) say(`threads ${useful}: a batch of ${batchSize} cannot be shared by ${threads}`);
  if (useful === 1) return undefined;
  // Every thread takes the parameters of this one, whatever its seed.
  const own = module?.model && { settings: { ...task.settings }, seed: 1 };
  const config: NetWorkerConfig = { net: model.config, backend, engine, ...(own && { model: own }) };
  const workerData: NetWorkerData = module
    ? { module: { file: module.own.file, path: module.own.path } }
    : {};
  const worker = () => new Worker(new URL('./netWorker.js', import.meta.url), { workerData });
  return createPool({ model, threads: useful, worker, config });
}
