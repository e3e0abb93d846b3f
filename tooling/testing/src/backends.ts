import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
// Registers the gradients of all ops: in Node, tfjs-core alone has none.
import '@tensorflow/tfjs-layers';
import { env, ready, scalar, setBackend } from '@tensorflow/tfjs-core';
import { beforeAll, describe } from 'vitest';

/** The tfjs backends that every formula is tested on. */
export const backends = ['cpu', 'wasm'] as const;

/** Declares the same tests once for each backend. */
export function onEachBackend(name: string, tests: (backend: (typeof backends)[number]) => void): void {
  describe.each(backends)(`${name} on %s`, (backend) => {
    beforeAll(async () => {
      if (!(await setBackend(backend))) throw new Error(`tfjs backend ${backend} cannot be set`);
      await ready();
      silenceBanner();
    });
    tests(backend);
  });
}

/** The first tensor on the cpu backend in Node prints an advertisement for tfjs-node, but not in production mode. */
export function silenceBanner(): void {
  env().set('PROD', true);
  scalar(0).dispose();
  env().set('PROD', false);
}
