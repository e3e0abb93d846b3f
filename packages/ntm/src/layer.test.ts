import { expectClose, expectMistakes, onEachBackend } from '@tapehead/testing';
import {
  cast,
  io,
  memory,
  type Rank,
  randomUniform,
  reshape,
  round,
  type Scalar,
  slice,
  sum,
  Tensor,
  tidy,
  train,
  variableGrads,
  zeros,
} from '@tensorflow/tfjs-core';
import { input, layers, loadLayersModel, type Sequential, sequential } from '@tensorflow/tfjs-layers';
import { expect, test } from 'vitest';
import { buildController, isTapeheadError, NtmLayer, type NtmLayerArgs, ntmLayer } from './index.js';

const small: NtmLayerArgs = {
  memorySize: 8,
  memoryDim: 4,
  controllerSize: 10,
  outputSize: 2,
  seed: 1,
  returnSequences: true,
};

function modelOf(args: NtmLayerArgs): Sequential {
  return sequential({ layers: [ntmLayer({ inputShape: [null, 3], ...args })] });
}

const bits = (shape: [number, number, number], seed: number) =>
  tidy(() => round(randomUniform<Rank.R3>(shape, 0, 1, 'float32', seed)));

async function saved(model: Sequential): Promise<io.ModelArtifacts> {
  let artifacts: io.ModelArtifacts | undefined;
  await model.save(
    io.withSaveHandler(async (given) => {
      artifacts = given;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  if (artifacts === undefined) throw new Error('nothing was saved');
  return artifacts;
}

function outputOf(model: { predict(x: Tensor): Tensor | Tensor[] }, x: Tensor): Tensor {
  const output = model.predict(x);
  if (Array.isArray(output)) throw new Error('one output');
  return output;
}

onEachBackend('the tf.layers layer', () => {
  test('fit lowers the loss of a net that must answer with what it was shown last', async () => {
    const model = modelOf(small);
    model.compile({ optimizer: train.adam(0.02), loss: 'binaryCrossentropy' });
    const x = bits([16, 4, 3], 1);
    const y = slice(x, [0, 0, 0], [-1, -1, 2]);
    const { history } = await model.fit(x, y, { epochs: 30, verbose: 0, shuffle: false });
    const losses = (history.loss ?? []).map(Number);
    expect(losses.at(-1)).toBeLessThan(0.5 * (losses[0] ?? 0));
  });

  test.each(['lstm', 'feedforward'] as const)(
    '%s: a saved and loaded model gives the same outputs, and all its weights come along',
    async (controller) => {
      const model = modelOf({ ...small, controller, layers: 2, readHeads: 2, order: 'read-first' });
      const x = bits([2, 5, 3], 2);
      const artifacts = await saved(model);
      const loaded = await loadLayersModel(io.fromMemory(artifacts));
      expect(loaded.getWeights().length).toBe(Object.keys(layerOf(model).ntm.parameters).length);
      expect(outputOf(loaded, x).dataSync()).toEqual(outputOf(model, x).dataSync());
    },
  );

  test('gives what the net inside gives', () => {
    const model = modelOf(small);
    const x = bits([2, 5, 3], 3);
    const { output } = layerOf(model).ntm.sequence(x);
    expect(outputOf(model, x).dataSync()).toEqual(output.dataSync());
  });

  test('returnSequences: false gives the last step, and stacks with other layers', () => {
    const whole = modelOf(small);
    const last = modelOf({ ...small, returnSequences: false });
    const x = bits([2, 5, 3], 4);
    const wanted = tidy(() => reshape(slice(outputOf(whole, x), [0, 4, 0], [-1, 1, -1]), [2, 2]));
    expect(last.outputs[0]?.shape).toEqual([null, 2]);
    expectClose(outputOf(last, x), wanted, 1e-6);
    const stacked = sequential({ layers: [layers.dense({ units: 3, inputShape: [5, 4] }), ntmLayer(small)] });
    expect(stacked.outputs[0]?.shape).toEqual([null, 5, 2]);
  });

  test('a kept initial memory is a weight that training leaves alone', () => {
    const learned = modelOf(small);
    const kept = modelOf({ ...small, initialMemory: 'random' });
    expect(learned.trainableWeights.length).toBe(learned.weights.length);
    expect(kept.trainableWeights.length).toBe(kept.weights.length - 1);
    expect(kept.weights.length).toBe(learned.weights.length);
  });

  test('trainable, set later, freezes the variables of the net too, and thaws all but a kept memory', () => {
    const model = modelOf({ ...small, initialMemory: 'random' });
    const layer = layerOf(model);
    const names = Object.keys(layer.ntm.trainable);
    expect(names).not.toContain('memory');
    layer.trainable = false;
    expect(layer.ntm.trainable).toEqual({});
    expect(model.trainableWeights).toEqual([]);
    layer.trainable = true;
    expect(Object.keys(layer.ntm.trainable)).toEqual(names);
    expect(model.trainableWeights.length).toBe(names.length);
  });

  test('bidirectional around a net with a kept memory is saved and loaded', async () => {
    const layer = ntmLayer({ ...small, initialMemory: 'random' });
    const model = sequential({
      layers: [layers.bidirectional({ layer, mergeMode: 'concat', inputShape: [null, 3] })],
    });
    tidy(() =>
      model.setWeights(
        model.getWeights().map(({ shape }, i) => randomUniform(shape, -1, 1, 'float32', i + 1)),
      ),
    );
    const loaded = await loadLayersModel(io.fromMemory(await saved(model)));
    const x = bits([2, 5, 3], 6);
    expect(outputOf(loaded, x).dataSync()).toEqual(outputOf(model, x).dataSync());
  });

  test('a stateful layer sends gradients through the calls of one tape, and leaves nothing behind in fit', async () => {
    const whole = ntmLayer(small);
    const made = ntmLayer({ ...small, stateful: true, batchInputShape: [2, null, 3] });
    const x = bits([2, 5, 3], 6);
    for (const each of [whole, made]) tidy(() => void each.apply(x));
    made.resetStates();
    tidy(() => {
      made.setWeights(whole.getWeights());
      const part = (from: number, size: number) => slice(x, [0, from, 0], [2, size, 3]);
      const last = (layer: NtmLayer, parts: Tensor[]) => () =>
        tidy(() => {
          const outputs = parts.map((each) => layer.apply(each));
          const output = outputs.at(-1);
          if (!(output instanceof Tensor)) throw new Error('one output');
          return sum<Scalar>(slice(output, [0, (output.shape[1] ?? 1) - 1, 0], [2, 1, 2]));
        });
      const slopes = (run: () => Scalar) => Object.values(variableGrads(run).grads);
      const direct = slopes(last(whole, [x]));
      const through = slopes(last(made, [part(0, 3), part(3, 2)]));
      expect(through.length).toBe(direct.length);
      for (const [i, each] of through.entries()) expectClose(each, direct[i] ?? [], 1e-5);
    });
    const model = sequential({ layers: [made] });
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const y = zeros([2, 5, 2]);
    const fit = () => model.fit(x, y, { epochs: 2, verbose: 0, batchSize: 2 });
    await fit();
    const before = memory().numTensors;
    await fit();
    expect(memory().numTensors).toBe(before);
  });

  test('bidirectional copies a layer with a controller of your own', () => {
    tidy(() => {
      const controller: NtmLayerArgs['controller'] = ({ inputSize, variable }) =>
        buildController(inputSize, 6, { kind: 'feedforward', variable });
      const layer = layers.bidirectional({ layer: ntmLayer({ ...small, controller }), mergeMode: 'sum' });
      const output = layer.apply(bits([2, 5, 3], 6));
      expect(output instanceof Tensor && output.shape).toEqual([2, 5, 2]);
    });
  });

  test('a controller of your own runs, and saving it whole says why it cannot', async () => {
    const model = modelOf({
      ...small,
      controller: ({ inputSize, variable }) =>
        buildController(inputSize, 6, { kind: 'feedforward', variable }),
    });
    expect(outputOf(model, bits([1, 2, 3], 5)).shape).toEqual([1, 2, 2]);
    const failure: unknown = await saved(model).catch((error: unknown) => error);
    expect(isTapeheadError(failure) && failure.message).toContain(
      'controller of your own cannot be saved whole',
    );
  });
});

onEachBackend('what a layer is given', () => {
  const stateful = () => {
    const made = ntmLayer({ ...small, stateful: true, batchInputShape: [2, null, 3] });
    made.apply(zeros([2, 4, 3]));
    return made;
  };
  const wrongCount =
    'initialState: expected 6 tensors (state.controller.cells[0].h, state.controller.cells[0].c, state.memory, ' +
    'state.readWeights, state.writeWeights, state.reads), got 1';
  const odd = (value: unknown) => JSON.parse(JSON.stringify(value));
  const layer = (args: object) => () => ntmLayer(odd({ ...small, ...args }));

  test('a sequence of one step trains with returnSequences: false as with true', async () => {
    const losses = [true, false].map(async (returnSequences) => {
      const model = sequential({ layers: [ntmLayer({ ...small, inputShape: [1, 3], returnSequences })] });
      model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
      const y = returnSequences ? zeros([4, 1, 2]) : zeros([4, 2]);
      const { history } = await model.fit(bits([4, 1, 3], 1), y, { epochs: 1, verbose: 0 });
      return Number(history.loss?.[0]);
    });
    const [whole = Number.NaN, last] = await Promise.all(losses);
    expect(last).toBeCloseTo(whole, 5);
  });

  test('int32 and bool are the numbers of float32', () => {
    tidy(() => {
      const made = ntmLayer(small);
      const x = bits([2, 3, 3], 1);
      const wanted = made.apply(x);
      for (const dtype of ['int32', 'bool'] as const) {
        const got = made.apply(cast(x, dtype));
        if (!(got instanceof Tensor) || !(wanted instanceof Tensor)) throw new Error('one output');
        expect([...got.dataSync()]).toEqual([...wanted.dataSync()]);
      }
    });
  });

  expectMistakes([
    [
      () => ntmLayer({ ...small, stateful: true }).apply(input({ shape: [null, 3] })),
      'ntmLayer: stateful needs a batch size; give the layer or the input a batchInputShape [batch, time, inputSize]',
    ],
    [
      () => stateful().apply(zeros([3, 4, 3])),
      'x: expected 2 sequences, because the layer is stateful and was built for them, got 3',
    ],
    [() => ntmLayer({ ...small, name: 'tape' }).resetStates(), 'resetStates: layer tape is not stateful'],
    [() => stateful().resetStates(zeros([2, 10])), wrongCount],
    [() => ntmLayer(small).apply(zeros([2, 4, 3]), { initialState: zeros([2, 10]) }), wrongCount],
    [
      () => stateful().resetStates(stateful().getInitialState(zeros([1, 4, 3]))),
      'initialState[0]: expected shape [2, 10] (state.controller.cells[0].h), got [1, 10]',
    ],
    [
      () => ntmLayer(small).apply(zeros([2, 4, 3]), { initialState: [] }),
      wrongCount.replace('got 1', 'got 0'),
    ],
    [
      () => ntmLayer(small).apply(zeros([2, 4, 3]), { initialState: [1] }),
      'initialState: expected tensors, got an array of 1',
    ],
    [
      () => ntmLayer(small).apply([zeros([2, 4, 3]), zeros([2, 10])], { initialState: zeros([2, 10]) }),
      'initialState: expected it once, got it both in the inputs and by name',
    ],
    [
      () => ntmLayer(small).apply(input({ shape: [null, 3] }), { initialState: zeros([2, 10]) }),
      'initialState: expected all symbolic tensors, as x is, or none',
    ],
    [
      () => ntmLayer(small).apply(zeros([2, 4, 3]), { mask: zeros([2, 3]) }),
      'mask: expected shape [2, 4], as x has it, got [2, 3]',
    ],
    [
      () => ntmLayer(small).apply(zeros([2, 4, 3]), { mask: [1] }),
      'mask: expected a tensor [batch, time], got 1',
    ],
    [
      () => ntmLayer(small).apply(zeros([2, 4, 3]), { masks: 1 }),
      "ntmLayer: unknown option 'masks', did you mean 'mask'?",
    ],
    [layer({ dropout: 1 }), 'dropout: expected a number in [0, 1), got 1'],
    [layer({ stateful: 'yes' }), "stateful: expected true or false, got 'yes'"],
    [layer({ unroll: true }), 'ntmLayer: unroll is not supported; steps are never unrolled'],
    [
      layer({ recurrentDropout: 0.5 }),
      'ntmLayer: recurrentDropout is not supported; dropout sets inputs to 0',
    ],
    [layer({ units: 3 }), 'ntmLayer: units is not supported; the width of the output is outputSize'],
    [layer({ memorysize: 3 }), "ntmLayer: unknown option 'memorysize', did you mean 'memorySize'?"],
    [layer({ returnSequences: 1 }), 'returnSequences: expected true or false, got 1'],
    [layer({ inputShape: [3] }), 'inputShape: expected [time, inputSize], got [3]'],
    [layer({ inputShape: [null, null] }), 'inputShape: expected [time, inputSize], got [null, null]'],
    [layer({ batchInputShape: [2, 3] }), 'batchInputShape: expected [batch, time, inputSize], got [2, 3]'],
    [() => ntmLayer(small).apply(zeros([0, 3, 3])), 'x: expected at least one sequence, got 0'],
    [
      () => ntmLayer(small).apply(zeros([2, 3])),
      'x: expected [batch, time, inputSize], got [2, 3]; a recurrent layer before this one needs returnSequences: true',
    ],
    [
      () => NtmLayer.fromConfig(NtmLayer, odd({ ...small, memoryDim: '4' })),
      "memoryDim: expected an integer of at least 1, got '4'",
    ],
  ]);
});

function layerOf(model: Sequential): NtmLayer {
  const [layer] = model.layers;
  if (layer instanceof NtmLayer) return layer;
  throw new Error('the model starts with the net');
}
