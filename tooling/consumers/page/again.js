import { useBackend } from '@tapehead/backend';
import * as tf from '@tensorflow/tfjs-core';
import { numbers } from './numbers.js';

/** The kernels, registered once, on one instance of a backend after another. */
const computed = [];
for (const name of ['wasm', 'cpu']) {
  await useBackend(name);
  computed.push(await numbers('fused'));
  tf.engine().reset();
  await useBackend(name);
  computed.push(await numbers('fused'));
  tf.disposeVariables();
  tf.removeBackend(name);
  await useBackend(name);
  computed.push(await numbers('fused'));
}
process.stdout.write(JSON.stringify(computed));
