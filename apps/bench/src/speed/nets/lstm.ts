import { asCube } from '@tapehead/core';
import type { Episode, Random, Task } from '@tapehead/tasks';
import { Tensor, Variable } from '@tensorflow/tfjs-core';
import { initializers, type LSTMLayerArgs, layers, sequential } from '@tensorflow/tfjs-layers';
import type { SpeedModel } from '../passes.js';

export const lstmSizes = { inputSize: 32, units: 128, outputSize: 8 } as const;
/** 100 steps where copy has 20 vectors. */
export const stepsOf = (length: number): number => 5 * length;

/** Random numbers in, random bits wanted at each step. */
export function noise({ inputSize, outputSize } = lstmSizes): Task<{ length: number }> {
  const names = (count: number, name: string) => Array.from({ length: count }, (_, i) => `${name} ${i}`);
  const draw = (random: Random, { length }: { length: number }): Episode => {
    const steps = stepsOf(length);
    return {
      steps,
      inputSize,
      outputSize,
      input: Float32Array.from({ length: steps * inputSize }, () => random.uniform() - 0.5),
      target: Float32Array.from({ length: steps * outputSize }, () => random.integer(0, 1)),
      mask: new Float32Array(steps).fill(1),
      view: {
        title: `${steps} steps of noise`,
        inputChannels: names(inputSize, 'input'),
        outputChannels: names(outputSize, 'bit'),
      },
    };
  };
  const settings = { length: 20 };
  const trained = { least: 1, most: 20 };
  return {
    name: 'noise',
    inputSize,
    outputSize,
    settings,
    episode: (random, override) => draw(random, { ...settings, ...override }),
    axes: [{ name: 'length', unit: 'times 5 steps', trained, measured: [20], at: (length) => ({ length }) }],
  };
}

type Layer = ReturnType<typeof layers.lstm>;

/** A model of tfjs-layers: an LSTM, and a dense layer at each step. `forward` is `predict`. */
export function layersModel(lstm: (args: LSTMLayerArgs) => Layer): SpeedModel {
  const { inputSize, units, outputSize } = lstmSizes;
  const model = sequential({
    layers: [
      // The default of a recurrent kernel, orthogonal, needs the package @tensorflow/tfjs.
      lstm({
        units,
        inputShape: [null, inputSize],
        returnSequences: true,
        kernelInitializer: glorot(1),
        recurrentInitializer: glorot(2),
      }),
      layers.dense({ units: outputSize, kernelInitializer: glorot(3) }),
    ],
  });
  const variables = model.trainableWeights.map((weight) => weight.read()).filter(isVariable);
  return {
    parameters: Object.fromEntries(variables.map((each) => [each.name, each])),
    sequence: (input) => ({ logits: asCube(tensorOf(model.apply(input, { training: true }))) }),
    forward: (input) => tensorOf(model.predict(input, { batchSize: input.shape[0] })),
    dispose: () => void model.dispose(),
  };
}

const glorot = (seed: number) => initializers.glorotUniform({ seed });

const isVariable = (tensor: Tensor): tensor is Variable => tensor instanceof Variable;

function tensorOf(result: object): Tensor {
  if (result instanceof Tensor) return result;
  throw new Error('the model has one output');
}
