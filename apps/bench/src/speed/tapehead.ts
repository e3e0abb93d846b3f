import { getBackend } from '@tensorflow/tfjs-core';
import type { Contestant } from './contest.js';
import { timesOf } from './stopwatch.js';
import { createWorkload, type Work } from './workload.js';

/** This house in this process, and what it came to run on. */
export function tapehead(work: Work): Contestant & { backend: string; engine: 'fused' | 'reference' } {
  const { net, passes, dispose } = createWorkload(work);
  const [backend, engine] = [getBackend(), net.runsOn];
  return {
    name: `tapehead ${engine}, ${backend}`,
    backend,
    engine,
    times: (pass, span) => timesOf(passes[pass], span),
    async end() {
      dispose();
    },
  };
}
