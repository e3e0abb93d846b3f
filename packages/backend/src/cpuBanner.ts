import { env, findBackend } from '@tensorflow/tfjs-core';

/**
 * In Node, the cpu backend's first write prints five lines that advertise tfjs-node. tfjs's own flag for quiet
 * warnings is on during that first write, and only then, so that its other warnings are still heard.
 */
export function silenceCpuBanner(): void {
  const backend = findBackend('cpu');
  const before = env().getBool('PROD');
  env().set('PROD', true);
  backend.disposeData(backend.write(new Float32Array(1), [1], 'float32'), true);
  env().set('PROD', before);
}
