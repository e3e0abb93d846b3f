import { address } from '@tapehead/addressing';
import { registerFused as registerAddress } from '@tapehead/addressing/fused';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-layers';
import * as tf from '@tensorflow/tfjs-core';
import { numbers } from './numbers.js';
import { wasmPaths } from './wasmPaths.js';

/** tfjs's wasm backend as tfjs sets it up itself: with threads, where the page is cross-origin isolated. */
globalThis.answer = (async () => {
  setWasmPaths(wasmPaths);
  await tf.setBackend('wasm');
  await registerAddress();
  return {
    threaded: tf.engine().backend.wasm.HEAPU8.buffer instanceof SharedArrayBuffer,
    reference: await numbers('reference'),
    fused: await numbers('fused'),
    kept: kept(),
  };
})();

/** What calls of an op leave behind: tensors of tfjs. */
function kept() {
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    const [memory, previous] = [tf.ones([2, 3, 4]), tf.ones([2, 3])];
    const head = { key: tf.ones([2, 4]), beta: tf.ones([2]), gate: tf.ones([2]), gamma: tf.ones([2]) };
    const shift = tf.fill([2, 3], 1 / 3);
    for (let i = 0; i < 3; i++) address({ ...head, shift }, memory, previous, { engine: 'fused' });
  });
  return tf.memory().numTensors - before;
}
