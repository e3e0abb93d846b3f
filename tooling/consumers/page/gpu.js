import { useBackend } from '@tapehead/backend';
import { NTM } from '@tapehead/ntm';
import { registerFused } from '@tapehead/ntm/fused';
import { createRandom } from '@tapehead/tasks';
import * as tf from '@tensorflow/tfjs-core';

/** A net of any kind, and sequences for it. */
function drawn(seed) {
  const { integer, bit } = createRandom(seed);
  return {
    net: {
      inputSize: integer(1, 5),
      outputSize: integer(1, 5),
      memorySize: integer(5, 20),
      memoryDim: integer(2, 6),
      controllerSize: integer(2, 9),
      readHeads: integer(1, 2),
      writeHeads: integer(1, 2),
      shifts: 1 + 2 * integer(0, 2),
      controller: bit() ? 'lstm' : 'feedforward',
      order: bit() ? 'write-first' : 'read-first',
      keyAndAddActivation: bit() ? 'tanh' : 'linear',
      seed,
    },
    batch: integer(1, 3),
    time: integer(1, 4),
  };
}

/** The logits and the gradient of each parameter. */
async function outcome(backend, engine, { net, batch, time }) {
  await tf.setBackend(backend);
  const ntm = NTM.build({ ...net, engine });
  for (const [i, parameter] of Object.values(ntm.parameters).entries()) {
    parameter.assign(tf.randomUniform(parameter.shape, -0.7, 0.7, 'float32', net.seed + i));
  }
  const x = tf.randomUniform([batch, time, net.inputSize], -1, 1, 'float32', net.seed);
  const { grads } = ntm.differentiate(x, (logits) => tf.sum(tf.square(logits)));
  const tensors = [ntm.sequence(x).logits, ...Object.values(grads)];
  return Promise.all(tensors.map(async (tensor) => Array.from(await tensor.data())));
}

/** The largest difference, relative to the largest number. */
function apart(own, wanted) {
  const scale = Math.max(0.01, ...wanted.map(Math.abs));
  return Math.max(...own.map((number, i) => Math.abs(number - wanted[i]) / scale));
}

/** How far the kernels on the GPU and the reference on the CPU are apart, at most, for each of a few nets. */
globalThis.answer = (async () => {
  await useBackend('webgpu');
  await useBackend('cpu');
  await registerFused();
  const differences = [];
  for (const seed of [1, 2]) {
    const wanted = await outcome('cpu', 'reference', drawn(seed));
    const own = await outcome('webgpu', 'fused', drawn(seed));
    differences.push(Math.max(...own.map((numbers, i) => apart(numbers, wanted[i]))));
  }
  return differences;
})();
