import { getBackend } from '@tensorflow/tfjs-core';
import { poolOf, type ThreadFlags } from '../threads.js';
import type { Contestant } from './contest.js';
import { timesOf } from './stopwatch.js';
import { createWorkload, type Work } from './workload.js';

/** This house, and what it came to run on. */
export interface Tapehead extends Contestant {
  readonly backend: string;
  readonly engine: 'fused' | 'reference';
  /** Of an iteration; a forward pass is one thread's. */
  readonly threads: number;
}

export async function tapehead(work: Work, flags: ThreadFlags): Promise<Tapehead> {
  const { net, run, passes, dispose } = createWorkload(work);
  const pool = await poolOf(run, flags);
  const [backend, engine] = [getBackend(), net.runsOn];
  return {
    name: `tapehead ${engine}, ${backend}`,
    backend,
    engine,
    threads: pool?.threads ?? 1,
    times: (pass, span) => timesOf(() => passes[pass]({ pool }), span),
    async end() {
      await pool?.close();
      dispose();
    },
  };
}
