import { expectClose, expectMistakes, onEachEngine } from '@tapehead/testing';
import {
  concat,
  dispose,
  io,
  memory,
  type Rank,
  randomNormal,
  slice,
  Tensor,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import {
  type LayersModel,
  layers,
  loadLayersModel,
  type Sequential,
  sequential,
} from '@tensorflow/tfjs-layers';
import { expect, test, vi } from 'vitest';
import { registerFused } from '../fused.js';
import { scanModel } from '../layers.js';
import * as scanning from '../scan.js';
import { kernelNames } from '../testing/kernelNames.js';

vi.mock(import('../scan.js'), { spy: true });

/** The orthogonal initializer of tfjs-layers needs the chained ops of the umbrella package. */
const recurrentInitializer = 'glorotNormal';

const build = (): Sequential =>
  sequential({
    layers: [
      layers.masking({ maskValue: 0, inputShape: [6, 3] }),
      layers.lstm({ units: 4, returnSequences: true, recurrentInitializer, name: 'first' }),
      layers.bidirectional({
        layer: layers.gru({ units: 3, returnSequences: true, recurrentInitializer, name: 'both' }),
      }),
      sequential({
        layers: [
          layers.rnn({
            cell: [layers.simpleRNNCell({ units: 2, recurrentInitializer })],
            name: 'stack',
            inputShape: [6, 6],
          }),
        ],
      }),
      layers.dense({ units: 1 }),
    ],
  });

async function saved(model: LayersModel): Promise<io.ModelArtifacts> {
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

function outputOf(model: LayersModel, x: Tensor): Tensor {
  const output = model.predict(x);
  if (output instanceof Tensor) return output;
  throw new Error('expected a tensor');
}

/** The second ends after two steps. */
const padded = () =>
  tidy(() => {
    const x = randomNormal<Rank.R3>([2, 6, 3], 0, 1, 'float32', 1);
    return concat([slice(x, 0, 1), concat([slice(x, [1, 0, 0], [1, 2, 3]), zeros<Rank.R3>([1, 4, 3])], 1)]);
  });

onEachEngine('a model that exists', { registerFused, kernelNames }, () => {
  test('runs by scan, with the same outputs', async () => {
    const artifacts = await saved(build());
    const [wanted, model] = await Promise.all(
      [0, 1].map(() => loadLayersModel(io.fromMemory(structuredClone(artifacts)))),
    );
    if (!wanted || !model) throw new Error('both are loaded');
    const before = (await saved(model)).modelTopology;
    expect(scanModel(model)).toEqual(['first', 'forward_both', 'backward_both', 'stack']);
    const calls = vi.mocked(scanning.scan).mockClear();
    const x = padded();
    expectClose(outputOf(model, x), outputOf(wanted, x), 1e-6);
    expect(calls).toHaveBeenCalledTimes(4);
    expect((await saved(model)).modelTopology).toEqual(before);
  });

  test('trains', async () => {
    const model = build();
    scanModel(model);
    model.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
    const { history } = await model.fit(padded(), zeros([2, 1]), { epochs: 6, verbose: 0 });
    const losses = (history.loss ?? []).map(Number);
    expect(losses.at(-1)).toBeLessThan(losses[0] ?? 0);
  });

  test('is left alone where it is not recurrent, or of another kind', () => {
    const model = sequential({
      layers: [
        layers.convLstm2d({ filters: 1, kernelSize: 2, inputShape: [3, 4, 4, 1], recurrentInitializer }),
      ],
    });
    expect(scanModel(model)).toEqual([]);
  });

  test('leaves nothing behind of the dropout that it drew before', () => {
    const layer = layers.gru({ units: 3, inputShape: [6, 3], recurrentInitializer, dropout: 0.5 });
    const model = sequential({ layers: [layer] });
    const x = padded();
    const call = () => tidy(() => void layer.apply(x, { training: true }));
    const before = memory().numTensors;
    call();
    expect(memory().numTensors).toBeGreaterThan(before);
    scanModel(model);
    call();
    expect(memory().numTensors).toBe(before);
    dispose(x);
  });

  expectMistakes([
    [
      () => Reflect.apply(scanModel, undefined, [{}]),
      'model: expected a model of tfjs-layers, got an object',
    ],
    [
      () => Reflect.apply(scanModel, undefined, [build(), { engine: 'fast' }]),
      "engine: expected one of 'auto', 'fused', 'reference', got 'fast'",
    ],
  ]);
});
