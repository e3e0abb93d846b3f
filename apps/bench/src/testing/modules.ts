import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A module with a task: the parity of the bits so far. */
const parity = `
export function task({ minBits = 1, maxBits = 4 } = {}) {
  return {
    name: 'parity',
    inputSize: 1,
    outputSize: 1,
    settings: { minBits, maxBits },
    episode(random, override) {
      const size = { minBits, maxBits, ...override };
      const steps = random.integer(size.minBits, size.maxBits);
      const input = Float32Array.from({ length: steps }, () => random.bit());
      let sum = 0;
      const target = input.map((bit) => (sum += bit) % 2);
      return { steps, inputSize: 1, outputSize: 1, input, target, mask: new Float32Array(steps).fill(1) };
    },
    axes: [
      {
        name: 'bits',
        unit: 'bits',
        trained: { least: minBits, most: maxBits },
        measured: [4, 8],
        at: (bits) => ({ minBits: bits, maxBits: bits }),
      },
    ],
  };
}
`;

/** The same with a model: one layer of LSTM, which scan compiles. */
const withModel = `
import { buildController } from '@tapehead/controller';
import { scan } from '@tapehead/scan';
import * as tf from '@tensorflow/tfjs-core';

export { task } from './parity.mjs';

export function model({ task, seed }) {
  const parameters = {};
  const variable = (name, initial) => (parameters[name] = tf.variable(initial));
  const controller = buildController(task.inputSize, 6, { seed, variable });
  const kernel = variable('kernel', tf.randomNormal([6, task.outputSize], 0, 0.3, 'float32', seed));
  const net = {
    step(x, state) {
      const next = controller.step(x, state);
      return { output: tf.matMul(next.output, kernel), state: next.state };
    },
  };
  return {
    parameters,
    config: { kind: 'lstm and a layer' },
    sequence: (x) => ({ logits: scan(net, controller.initialState(x.shape[0]), x).outputs }),
  };
}
`;

/** The same with a cost. */
const withCost = `
import { customCost } from '@tapehead/training';
import * as tf from '@tensorflow/tfjs-core';

export { model, task } from './model.mjs';

export const cost = customCost({
  name: 'hinge',
  unit: 'hinge',
  targets: 'bits',
  over: 'steps',
  of(logits, target, mask) {
    const margins = tf.relu(tf.sub(1, tf.mul(logits, tf.sub(tf.mul(2, target), 1))));
    return tf.div(tf.sum(tf.mul(tf.mean(margins, 2), mask)), tf.sum(mask));
  },
});
`;

/** Writes `parity.mjs`, `model.mjs` and `cost.mjs` to a folder. */
export function writeModules(folder: string): void {
  writeFileSync(join(folder, 'parity.mjs'), parity);
  writeFileSync(join(folder, 'model.mjs'), withModel);
  writeFileSync(join(folder, 'cost.mjs'), withCost);
}
