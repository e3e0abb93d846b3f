import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
// Registers the gradients of all ops: in Node, tfjs-core alone has none.
import '@tensorflow/tfjs-layers';
import { env, ready, setBackend } from '@tensorflow/tfjs-core';
import { beforeAll, describe } from 'vitest';

/** The tfjs backends that every formula is tested on. */
export const backends = ['cpu', 'wasm'] as const;

// Keeps tfjs's advertisement for tfjs-node out of the reports.
env().set('IS_TEST', true);

/** Declares the same tests once for each backend. */
export function onEachBackend(name: string, tests: (backend: (typeof backends)[number]) => void): void {
  describe.each(backends)(`${name} on %s`, (backend) => {
    beforeAll(async () => {
      if (!(await setBackend(backend))) throw new Error(`tfjs backend ${backend} cannot be set`);
      await ready();
    });
    tests(backend);
  });
}
