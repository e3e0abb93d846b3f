import { type Remote, wrap } from 'comlink';
import type { Lab } from '../engine/lab.js';

/** A lab in a worker of its own. */
export interface Connection {
  readonly lab: Remote<Lab>;
  /** Rejects should the worker break, of whatever it is asked. */
  readonly died: Promise<never>;
  close(): void;
}

export function connect(): Connection {
  const worker = new Worker(new URL('../engine/worker.ts', import.meta.url), { type: 'module' });
  const died = new Promise<never>((_, reject) => {
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(event.message || 'the worker that computes could not be started'));
    };
  });
  died.catch(() => {});
  return { lab: wrap<Lab>(worker), died, close: () => worker.terminate() };
}
