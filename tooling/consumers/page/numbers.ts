import { address } from '@tapehead/addressing';
import { read, write } from '@tapehead/memory';
import { NTM } from '@tapehead/ntm';
import { registerFused as registerSequence } from '@tapehead/ntm/fused';
import { batchOf, copy, costInBits, createRandom } from '@tapehead/tasks';
import { clipByGlobalNorm, globalNorm } from '@tapehead/training';
import { registerFused as registerOptimizer } from '@tapehead/training/fused';
import * as tf from '@tensorflow/tfjs-core';

type Computed = 'reference' | 'fused';

/** Numbers that every part of the house has a hand in; the same everywhere, on every engine. */
export async function numbers(engine: Computed): Promise<number[]> {
  if (engine === 'fused') {
    await registerSequence();
    await registerOptimizer();
  }
  return [...(await tape()), ...(await net(engine))];
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

async function net(engine: Computed): Promise<number[]> {
  const task = copy({ width: 3, minLength: 2, maxLength: 4 });
  const ntm = NTM.build({
    inputSize: task.inputSize,
    outputSize: task.outputSize,
    memorySize: 8,
    memoryDim: 4,
    controllerSize: 6,
    seed: 1,
    engine,
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
