import { Worker } from 'node:worker_threads';
import type { CompileJob, CompileTimes } from './compiling.js';

/** Compiles a net several times in a worker, which has compiled nothing before. */
export function compileTimes(job: CompileJob): Promise<CompileTimes[]> {
  const worker = new Worker(new URL('./compileWorker.js', import.meta.url), { workerData: job });
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`compileWorker: ended with code ${code}`)));
  });
}
