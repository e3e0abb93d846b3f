import { useBackend } from '@tapehead/backend';
import { registerFused as registerSequence } from '@tapehead/ntm/fused';
import { registerFused as registerOptimizer } from '@tapehead/training/fused';
import { timesOf } from '../src/speed/stopwatch.ts';
import { createWorkload } from '../src/speed/workload.ts';
import { wasmPaths } from './wasmPaths.js';

let passes;

globalThis.prepare = async (work, backend) => {
  await useBackend(backend, { wasmPaths });
  if (work.engine !== 'reference') await Promise.all([registerSequence(), registerOptimizer()]);
  ({ passes } = createWorkload(work));
};

globalThis.timesOf = (pass, span) => timesOf(passes[pass], span);
