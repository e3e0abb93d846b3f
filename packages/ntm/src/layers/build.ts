import { input, type LayersModel, model } from '@tensorflow/tfjs-layers';
import { checkNetRoom } from '../room.js';
import { type BuildOptions, buildConfigOf } from './options.js';
import { connect, freshState, listOf, stateInputs } from './step.js';

/**
 * One step of a Neural Turing Machine as a model of tfjs-layers: `summary`, `fit`, `predict`, `save` and `loadLayersModel`
 * work as for any model.
 *
 * With `outputs: 'output'` it is the model of `Edifice.Memory.NTM`. The inputs are `input` `[batch, inputSize]` and `memory`
 * `[batch, N, M]`. The reads before are the mean of the rows, the weights before are uniform, h and c of the controller
 * are 0.
 *
 * With `outputs: 'output-and-state'` the inputs are `input`, `memory`, `reads` `[batch, R, M]`, `read_weights`
 * `[batch, R, N]`, `write_weights` `[batch, W, N]`, and h and c of each layer of the controller, `[batch, controllerSize]`.
 * The outputs are the output, and then the new state in the order of the inputs. {@link initialState} gives the first
 * state. Both models have the same weights in the same order.
 *
 * @param options sizes, heads and the rest; only `inputSize` is required
 * @returns a model with the output `[batch, outputSize]`, and the new state if it was asked for
 * @throws TapeheadError `range` or `argument`, naming the option; `range` where the backend has no memory for the weights
 *
 * @example
 * const model = build({ inputSize: 64, memorySize: 128, memoryDim: 32, controllerSize: 256, numHeads: 1 });
 * const output = model.predict([tf.zeros([1, 64]), tf.randomNormal([1, 128, 32])]); // [1, 64]
 */
export function build(options: BuildOptions): LayersModel {
  const { net: config, engine, outputs, name } = buildConfigOf(options);
  checkNetRoom(config, config.controllerSize, 'build');
  const x = input({ shape: [config.inputSize], name: 'input' });
  const memory = input({ shape: [config.memorySize, config.memoryDim], name: 'memory' });
  const carries = outputs === 'output-and-state';
  const state = carries ? stateInputs(config) : freshState(config, memory);
  const next = connect({ config, engine, outputs }, x, memory, state);
  return model({
    inputs: [x, memory, ...(carries ? listOf(state) : [])],
    outputs: carries ? [next.output, next.memory, ...listOf(next.state)] : next.output,
    ...(name === undefined ? {} : { name }),
  });
}
