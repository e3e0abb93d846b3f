import { address, headParameters, headSize } from '@tapehead/addressing';
import { buildController } from '@tapehead/controller';
import { randomMemory, read, repeatMemory, write } from '@tapehead/memory';
import { scan } from '@tapehead/scan';
import * as tf from '@tensorflow/tfjs-core';

/**
 * A machine with one head, which reads and writes in the same place. `step` is one time step; `scan` runs it over a
 * sequence, compiled to one kernel call.
 */
export class OneHead {
  constructor({ inputSize, outputSize, rows = 8, columns = 6, units = 24 }) {
    this.sizes = { rows, columns, head: headSize({ memoryDim: columns }) };
    const wide = this.sizes.head + 2 * columns;
    this.parameters = {};
    const variable = (name, initial) => {
      this.parameters[name] = tf.variable(initial);
      initial.dispose();
      return this.parameters[name];
    };
    this.controller = buildController(inputSize + columns, units, { kind: 'feedforward', seed: 1, variable });
    this.head = variable('head', tf.randomNormal([units, wide], 0, 0.1, 'float32', 2));
    this.headBias = variable('headBias', tf.zeros([wide]));
    this.output = variable('output', tf.randomNormal([units + columns, outputSize], 0, 0.1, 'float32', 3));
    this.outputBias = variable('outputBias', tf.zeros([outputSize]));
    this.memory = variable('memory', randomMemory({ memorySize: rows, memoryDim: columns, seed: 3 }));
  }

  /** What there is before the first step, for `batch` sequences. */
  initialState(batch) {
    const { rows, columns } = this.sizes;
    return {
      controller: this.controller.initialState(batch),
      memory: repeatMemory(this.memory, batch),
      weights: tf.oneHot(tf.zeros([batch, 1], 'int32'), rows, 1, 0, 'float32'), // at row 0
      seen: tf.zeros([batch, columns]),
    };
  }

  /** `[batch, inputSize]` and a state to `[batch, outputSize]` and the next state. */
  step(x, { controller, memory, weights, seen }) {
    const { columns, head } = this.sizes;
    const next = this.controller.step(tf.concat([x, seen], 1), controller);
    const raw = tf.add(tf.matMul(next.output, this.head), this.headBias);
    const [where, erase, add] = tf.split(raw, [head, columns, columns], 1);
    const looking = address(headParameters(where, { memoryDim: columns }), memory, weights);
    const found = tf.squeeze(read(memory, looking), [1]);
    const [erases, adds] = [tf.expandDims(tf.sigmoid(erase), 1), tf.expandDims(tf.tanh(add), 1)];
    const said = tf.concat([next.output, found], 1);
    return {
      output: tf.add(tf.matMul(said, this.output), this.outputBias),
      state: {
        controller: next.state,
        memory: write(memory, looking, erases, adds),
        weights: looking,
        seen: found,
      },
    };
  }

  /** `[batch, time, inputSize]` to logits `[batch, time, outputSize]`. */
  sequence(x) {
    return scan(this, this.initialState(x.shape[0]), x).outputs;
  }
}
