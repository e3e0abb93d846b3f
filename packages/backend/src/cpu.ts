import { env, findBackend } from '@tensorflow/tfjs-core';
import { registerAgain } from './factories.js';
import type { Candidate } from './types.js';

/** Plain JavaScript: slow, and everywhere. */
export const cpu: Candidate = {
  merit: 'plain JavaScript, which runs everywhere',
  remedy: () => 'install @tensorflow/tfjs-backend-cpu in the version of tfjs-core',
  async prepare() {
    await import('@tensorflow/tfjs-backend-cpu');
    registerAgain('cpu');
    silenceBanner();
    return { release() {} };
  },
};

/**
 * In Node, the cpu backend's first write prints five lines that advertise tfjs-node. tfjs's own flag for quiet
 * warnings is on during that first write, and only then, so that its other warnings are still heard.
 */
function silenceBanner(): void {
  const backend = findBackend('cpu');
  const before = env().getBool('PROD');
  env().set('PROD', true);
  backend.disposeData(backend.write(new Float32Array(1), [1], 'float32'), true);
  env().set('PROD', before);
}
