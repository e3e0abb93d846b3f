import { type EngineOption, engineOption, TapeheadError, textOf } from '@tapehead/core';
import { type LayersModel, layers, RNN } from '@tensorflow/tfjs-layers';
import { forgetMasks } from './dropout.js';
import { callRnn } from './rnn.js';

type Layer = InstanceType<typeof layers.Layer>;

/**
 * Lets the recurrent layers of an existing model run by `scan`: those of `tf.layers.lstm`, `gru`, `simpleRNN` and
 * `rnn`, also within `bidirectional`, `timeDistributed` and nested models. Outputs, weights and what `save` writes stay the
 * same.
 *
 * @param options `engine`: that of these layers
 * @returns the names of these layers
 * @throws TapeheadError `argument` for what is no model, an unknown option and an unknown engine
 *
 * @example
 * const model = await tf.loadLayersModel('https://example.com/model.json');
 * scanModel(model);
 */
export function scanModel(model: LayersModel, options: EngineOption = {}): string[] {
  const engine = engineOption('scanModel', options);
  if (!(model instanceof layers.Layer)) {
    throw new TapeheadError('argument', `model: expected a model of tfjs-layers, got ${textOf(model)}`);
  }
  const found = [...within(model)].filter(isRecurrent);
  for (const layer of found) {
    forgetMasks(layer.cell);
    layer.call = (inputs, kwargs) => callRnn(layer, engine, inputs, kwargs);
  }
  return found.map(({ name }) => name);
}

/** Not a subclass: it may call its cell in another way. */
function isRecurrent(layer: Layer): layer is RNN {
  return layer instanceof RNN && ['LSTM', 'GRU', 'SimpleRNN', 'RNN'].includes(layer.getClassName());
}

/** A layer, and all layers within it. */
function* within(layer: Layer): Iterable<Layer> {
  yield layer;
  // A bidirectional layer keeps the one that it made two of.
  const names = 'forwardLayer' in layer ? ['forwardLayer', 'backwardLayer'] : ['layers', 'layer'];
  const parts: unknown[] = names.map((name) => Reflect.get(layer, name));
  for (const part of parts.flat()) {
    if (part instanceof layers.Layer) yield* within(part);
  }
}
