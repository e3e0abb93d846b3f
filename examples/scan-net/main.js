// node main.js: the machine of net.js learns to say a row of vectors backwards.
import { useBackend } from '@tapehead/backend';
import { scanEngine } from '@tapehead/scan';
import { registerFused } from '@tapehead/scan/fused';
import * as tf from '@tensorflow/tfjs-core';
import { OneHead } from './net.js';

const [BITS, BATCH, UPDATES] = [3, 16, 800];
/** The most vectors of a row. */
const LONGEST = 4;

const { reason } = await useBackend();
console.log(`backend ${reason}`);
await registerFused();

const net = new OneHead({ inputSize: BITS + 1, outputSize: BITS });
const variables = Object.values(net.parameters);
const optimizer = tf.train.adam(0.02);
const unseen = drawRows(100, LONGEST, 0);

for (let update = 1; update <= UPDATES; update++) {
  const rows = drawRows(BATCH, 1 + (update % LONGEST), update);
  optimizer.minimize(() => costOf(rows), false, variables);
  tf.dispose(rows);
  if (update % 200 === 0) console.log(`update ${update}: ${await rightOf(unseen)} % of the bits are right`);
}

const { engine } = scanEngine(net, net.initialState(100), unseen.input);
console.log(`the steps run on the engine ${engine}`);

/** The mean cost of the bits of an answer. */
function costOf({ input, wanted }) {
  return tf.losses.sigmoidCrossEntropy(answerOf(wanted), answerOf(net.sequence(input)));
}

/** Of 100 bits of answers. */
async function rightOf({ input, wanted }) {
  const share = tf.tidy(() => {
    const right = tf.equal(tf.greater(answerOf(net.sequence(input)), 0), tf.cast(answerOf(wanted), 'bool'));
    return tf.mean(tf.cast(right, 'float32'));
  });
  const [right] = await share.data();
  share.dispose();
  return (100 * right).toFixed(1);
}

/** The second half of a sequence. */
function answerOf(sequence) {
  return tf.slice(sequence, [0, sequence.shape[1] / 2, 0]);
}

/** Vectors of bits, then as many silent steps, marked by a last channel. Wanted in the silence: the vectors backwards. */
function drawRows(batch, length, seed) {
  return tf.tidy(() => {
    const vectors = tf.cast(tf.randomUniform([batch, length, BITS], 0, 2, 'int32', seed), 'float32');
    const silence = tf.zerosLike(vectors);
    const mark = tf.concat([tf.zeros([batch, length, 1]), tf.ones([batch, length, 1])], 1);
    const input = tf.concat([tf.concat([vectors, silence], 1), mark], 2);
    return { input, wanted: tf.concat([silence, tf.reverse(vectors, 1)], 1) };
  });
}
