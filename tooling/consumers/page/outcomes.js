import { address } from '@tapehead/addressing';
import { lstmStep } from '@tapehead/controller';
import { write } from '@tapehead/memory';
import { NTM } from '@tapehead/ntm';
import { createRandom } from '@tapehead/tasks';
import * as tf from '@tensorflow/tfjs-core';

/** A net of any kind, and sequences for it. */
export function drawn(seed) {
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
export async function outcome(backend, engine, { net, batch, time }) {
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

/** A write where heads look that an LSTM drives: the memory, and the gradient of all that went in. */
export async function outcomeOfOps(backend, engine) {
  await tf.setBackend(backend);
  const [batch, heads, rows, width, units] = [2, 2, 7, 3, 5];
  const shapes = [
    [batch, width],
    [batch, units],
    [batch, units],
    [width, 4 * units],
    [units, 4 * units],
    [4 * units],
    [units, heads * width],
    [batch, rows, width],
    [batch, heads, rows],
  ];
  const points = shapes.map((shape, i) => tf.randomUniform(shape, 0, 1, 'float32', i + 1));
  const run = (x, h, c, kernel, recurrentKernel, bias, toKeys, memory, previous) => {
    const next = lstmStep(x, { h, c }, { kernel, recurrentKernel, bias }, { engine });
    const key = tf.reshape(tf.matMul(next.h, toKeys), [batch, heads, width]);
    const scalars = tf.slice(next.c, [0, 0], [batch, heads]);
    const head = { key, beta: scalars, gate: tf.sigmoid(scalars), gamma: tf.add(scalars, 1) };
    const shift = tf.softmax(tf.slice(key, [0, 0, 0], [batch, heads, 3]));
    const weights = address({ ...head, shift }, memory, previous, { engine });
    return write(memory, weights, tf.sigmoid(key), key, { engine });
  };
  const cost = (...at) => tf.sum(tf.square(run(...at)));
  const tensors = tf.tidy(() => [run(...points), ...tf.grads(cost)(points)]);
  return Promise.all(tensors.map(async (tensor) => Array.from(await tensor.data())));
}

/** How far two outcomes are apart, at most. */
export function difference(own, wanted) {
  return Math.max(...own.map((numbers, i) => apart(numbers, wanted[i])));
}
