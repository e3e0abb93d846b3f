import { address } from '@tapehead/addressing';
import { read, write } from '@tapehead/memory';
import { NTM } from '@tapehead/ntm';
import { batchOf, copy, costInBits, createRandom } from '@tapehead/tasks';
import { clipByGlobalNorm, globalNorm } from '@tapehead/training';
import * as tf from '@tensorflow/tfjs-core';

/** Numbers that every part of the house has a hand in; the same in Node and in a page. */
export async function numbers(): Promise<number[]> {
  return [...(await tape()), ...(await net())];
}

async function tape(): Promise<number[]> {
  const memory = tf.tensor3d([
    [
      [1, 0],
      [0, 1],
      [1, 1],
    ],
  ]);
  const head = {
    key: tf.tensor2d([[0, 1]]),
    beta: tf.tensor1d([5]),
    gate: tf.tensor1d([0.9]),
    shift: tf.tensor2d([[0.1, 0.8, 0.1]]),
    gamma: tf.tensor1d([2]),
  };
  const weights = address(head, memory, tf.tensor2d([[1, 0, 0]]));
  const written = write(memory, weights, tf.tensor2d([[1, 0]]), tf.tensor2d([[0.5, 0.5]]));
  return [...(await weights.data()), ...(await read(written, weights).data())];
}

async function net(): Promise<number[]> {
  const task = copy({ width: 3, minLength: 2, maxLength: 4 });
  const ntm = NTM.build({
    inputSize: task.inputSize,
    outputSize: task.outputSize,
    memorySize: 8,
    memoryDim: 4,
    controllerSize: 6,
    seed: 1,
  });
  const { input, target, mask } = batchOf([task.episode(createRandom(1))]);
  const { value, grads } = tf.variableGrads(
    () => costInBits(ntm.sequence(input).logits, target, mask),
    Object.values(ntm.trainable),
  );
  const clipped = clipByGlobalNorm(grads, 0.5);
  return [
    ...(await value.data()),
    ...(await globalNorm(grads).data()),
    ...(await globalNorm(clipped).data()),
  ];
}
