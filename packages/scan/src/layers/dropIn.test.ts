import type { Engine } from '@tapehead/core';
import { expectClose, expectNoLeak, onEachBackend, onEachEngine } from '@tapehead/testing';
import {
  add,
  dispose,
  eye,
  grads,
  io,
  memory,
  mul,
  ones,
  type Rank,
  randomNormal,
  randomUniform,
  reshape,
  sum,
  type Tensor,
  Tensor as TensorClass,
  tensor,
  tidy,
  unstack,
  variableGrads,
  zeros,
} from '@tensorflow/tfjs-core';
import {
  type GRULayerArgs,
  input,
  type LSTMLayerArgs,
  layers,
  loadLayersModel,
  model as modelOf,
  type RNN,
  type Sequential,
  type SimpleRNNLayerArgs,
  sequential,
} from '@tensorflow/tfjs-layers';
import { describe, expect, test } from 'vitest';
import { registerFused } from '../fused.js';
import { gru, lstm, rnn, simpleRNN } from '../layers.js';
import { kernelNames } from '../testing/kernelNames.js';

const [batch, time, width, units] = [3, 4, 2, 5];
const sequence = (seed = 1) => randomNormal([batch, time, width], 0, 1, 'float32', seed);

type Args = LSTMLayerArgs & GRULayerArgs & SimpleRNNLayerArgs;
const kinds = {
  lstm: [layers.lstm, lstm],
  gru: [layers.gru, gru],
  simpleRNN: [layers.simpleRNN, simpleRNN],
} as const;
type Kind = keyof typeof kinds;
const names = ['lstm', 'gru', 'simpleRNN'] as const;

/** The orthogonal initializer of tfjs-layers needs the chained ops of the umbrella package. */
const plain = { recurrentInitializer: 'glorotNormal' } as const;

/** A layer of tf.layers and ours, with the same weights. */
function twins(kind: Kind, engine: Engine, args: Omit<Args, 'units'> = {}): [RNN, RNN] {
  const [theirs, own] = kinds[kind];
  const all = { units, name: 'twin', biasInitializer: 'randomNormal', ...plain, ...args } as const;
  const [wanted, layer] = [theirs({ ...all }), own({ ...all, engine })];
  for (const each of [wanted, layer]) each.apply(zeros([batch, time, width]));
  layer.setWeights(wanted.getWeights());
  return [wanted, layer];
}

function list(outputs: unknown): Tensor[] {
  return (Array.isArray(outputs) ? outputs : [outputs]).map((each) => {
    if (each instanceof TensorClass) return each;
    throw new Error('expected a tensor');
  });
}

/** Asserts that both give the same, and the same gradients of x, of all weights, and of what `given` has. */
function expectTwins([wanted, own]: [RNN, RNN], kwargs: object = {}): void {
  const x = sequence();
  const outputs = (layer: RNN, x: Tensor) => list(layer.apply(x, { ...kwargs }));
  const wantedOutputs = outputs(wanted, x);
  const got = outputs(own, x);
  expect(got.map(({ shape }) => shape)).toEqual(wantedOutputs.map(({ shape }) => shape));
  // The same ops in the same order: what differs is a select in place of products by a mask.
  for (const [i, each] of got.entries()) expectClose(each, wantedOutputs[i] ?? [], 1e-6);
  const cost = (layer: RNN) => (x: Tensor) =>
    outputs(layer, x).reduce<Tensor>(
      (total, each, i) => add(total, sum(mul(each, randomNormal(each.shape, 0, 1, 'float32', 9 + i)))),
      zeros([]),
    );
  const slopes = (layer: RNN) => {
    const { grads: ofWeights } = variableGrads(() => tidy(() => reshape<Rank.R0>(cost(layer)(x), [])));
    return [...grads(cost(layer))([x]), ...Object.values(ofWeights)];
  };
  const theirs = slopes(wanted);
  const ours = slopes(own);
  expect(ours.length).toBe(theirs.length);
  // Sums over steps, in another order.
  for (const [i, each] of ours.entries()) expectClose(each, theirs[i] ?? [], 1e-5, `gradient ${i}`);
}

const kernels = { registerFused, kernelNames };

onEachEngine('layers in place of those of tf.layers', kernels, (engine) => {
  describe.each(names)('%s', (kind) => {
    test('has the same weights', () => {
      tidy(() => {
        const [wanted, own] = twins(kind, engine);
        const shapes = (layer: RNN) => layer.weights.map(({ originalName, shape }) => [originalName, shape]);
        expect(shapes(own)).toEqual(shapes(wanted));
        expect(own.trainableWeights.length).toBe(wanted.trainableWeights.length);
      });
    });

    const variants: Omit<Args, 'units'>[] = [
      {},
      { returnSequences: true },
      { returnSequences: true, returnState: true, goBackwards: true },
      { returnState: true, useBias: false },
      { activation: 'relu', recurrentActivation: 'sigmoid', returnSequences: true },
      { dropout: 0.5, recurrentDropout: 0.5, returnSequences: true },
    ];
    test.each(variants)('gives the same with %o', (args) => {
      tidy(() => expectTwins(twins(kind, engine, args)));
    });

    const mask = () => tensor([1, 1, 0, 0, 1, 0, 1, 1, 0, 0, 0, 0], [batch, time], 'bool');
    test.each([{}, { returnSequences: true, returnState: true }, { goBackwards: true }])(
      'gives the same with a mask and %o',
      (args) => {
        tidy(() => expectTwins(twins(kind, engine, args), { mask: mask() }));
      },
    );

    test('gives the same from an initial state', () => {
      tidy(() => {
        const states = kind === 'lstm' ? 2 : 1;
        const initialState = Array.from({ length: states }, (_, i) =>
          randomNormal([batch, units], 0, 1, 'float32', 20 + i),
        );
        expectTwins(twins(kind, engine, { returnSequences: true }), { initialState });
      });
    });

    test('keeps its state where it is stateful', () => {
      tidy(() => {
        const shape = { stateful: true, batchInputShape: [batch, null, width] };
        const [wanted, own] = twins(kind, engine, shape);
        for (const layer of [wanted, own]) layer.resetStates();
        for (const seed of [1, 2, 3]) {
          const x = sequence(seed);
          expectClose(list(own.apply(x))[0] ?? [], list(wanted.apply(x))[0] ?? [], 1e-6);
        }
        for (const layer of [wanted, own]) layer.resetStates();
        const x = sequence(1);
        expectClose(list(own.apply(x))[0] ?? [], list(wanted.apply(x))[0] ?? [], 1e-6);
      });
    });

    test('drops out in training alone', () => {
      tidy(() => {
        const args = { ...plain, units, engine, dropout: 0.4, recurrentDropout: 0.4, returnSequences: true };
        const layer = kinds[kind][1](args);
        const x = sequence();
        const output = (training: boolean) => list(layer.apply(x, { training }))[0]?.dataSync();
        expect(output(true)).not.toEqual(output(true));
        expect(output(false)).toEqual(output(false));
      });
    });

    test('leaves nothing behind', () => {
      const layer = kinds[kind][1]({ ...plain, units, dropout: 0.4, returnState: true });
      const x = sequence();
      for (const training of [true, false]) expectNoLeak(() => list(layer.apply(x, { training })));
      const before = memory().numTensors;
      layer.dispose();
      expect(memory().numTensors).toBe(before - layer.weights.length);
      dispose(x);
    });
  });

  test('dropout leaves the same part of x, and of the state, at all steps', () => {
    tidy(() => {
      const args = { ...plain, units: width, activation: 'linear', returnSequences: true } as const;
      const identity = eye(width);
      // Each step gives x · mask: 0 or 2.
      const ofX = simpleRNN({ ...args, dropout: 0.5 });
      ofX.apply(ones([batch, 3, width]));
      ofX.setWeights([identity, zeros([width, width]), zeros([width])]);
      let seen = new Set<unknown>();
      for (let i = 0; i < 8; i++) {
        const [output = zeros([0])] = list(ofX.apply(ones([batch, 3, width]), { training: true }));
        const [first, ...others] = unstack(output, 1).map((each) => Array.from(each.dataSync()));
        for (const other of others) expect(other).toEqual(first);
        seen = new Set([...seen, ...(first ?? [])]);
      }
      expect([...seen].sort()).toEqual([0, 2]);
      // Each step doubles the state or makes it 0: 8 after three steps, or 0.
      const ofState = simpleRNN({ ...args, returnSequences: false, recurrentDropout: 0.5 });
      ofState.apply(ones([batch, 3, width]));
      ofState.setWeights([zeros([width, width]), identity, zeros([width])]);
      seen = new Set<unknown>();
      for (let i = 0; i < 8; i++) {
        const options = { training: true, initialState: [ones([batch, width])] };
        const [output = zeros([0])] = list(ofState.apply(ones([batch, 3, width]), options));
        seen = new Set([...seen, ...output.dataSync()]);
      }
      expect([...seen].sort()).toEqual([0, 8]);
    });
  });

  test('a stack of cells gives the same', () => {
    tidy(() => {
      for (const dropout of [0, 0.5]) {
        const cells = () => [
          layers.lstmCell({ ...plain, units: 4, dropout }),
          layers.gruCell({ ...plain, units, dropout }),
        ];
        const [wanted, own] = [
          layers.rnn({ cell: cells() }),
          rnn({ cell: cells(), engine: dropout > 0 ? 'auto' : engine }),
        ];
        for (const each of [wanted, own]) each.apply(zeros([batch, time, width]));
        own.setWeights(wanted.getWeights());
        expectTwins([wanted, own]);
      }
    });
  });
});

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

onEachEngine('in models', kernels, () => {
  const build = () =>
    sequential({
      layers: [
        layers.masking({ maskValue: 0, inputShape: [null, width] }),
        lstm({
          ...plain,
          units,
          returnSequences: true,
          unitForgetBias: true,
          kernelRegularizer: 'l1l2',
          dropout: 0.1,
        }),
        layers.bidirectional({ layer: gru({ ...plain, units: 3, returnSequences: true }) }),
        rnn({
          cell: [layers.simpleRNNCell({ ...plain, units: 4 }), layers.lstmCell({ ...plain, units: 2 })],
        }),
      ],
    });

  test('they train', async () => {
    const model = build();
    model.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
    const [x, y] = [randomUniform([8, 3, width], -1, 1, 'float32', 1), ones([8, 2])];
    const { history } = await model.fit(x, y, { epochs: 8, verbose: 0, shuffle: false });
    const losses = (history.loss ?? []).map(Number);
    expect(losses.at(-1)).toBeLessThan(losses[0] ?? 0);
  });

  test('they are saved and loaded, with all weights', async () => {
    const model = build();
    const x = sequence();
    const loaded = await loadLayersModel(io.fromMemory(await saved(model)));
    const [wanted] = list(model.predict(x));
    expect(list(loaded.predict(x))[0]?.dataSync()).toEqual(wanted?.dataSync());
    expect(loaded.layers.map((layer) => layer.getClassName())).toEqual([
      'Masking',
      'ScanLSTM',
      'Bidirectional',
      'ScanRNN',
    ]);
  });

  test('they take an initial state in a functional model', () => {
    tidy(() => {
      const [x, h, c] = [
        input({ shape: [null, width] }),
        input({ shape: [units] }),
        input({ shape: [units] }),
      ];
      const outputs = (layer: RNN) => {
        const output = layer.apply([x, h, c]);
        if (output instanceof TensorClass || Array.isArray(output)) throw new Error('expected one symbol');
        return modelOf({ inputs: [x, h, c], outputs: output });
      };
      const [wanted, own] = [layers.lstm({ ...plain, units }), lstm({ ...plain, units })];
      const [theirs, ours] = [outputs(wanted), outputs(own)];
      own.setWeights(wanted.getWeights());
      const given = () => [
        sequence(),
        ...[3, 4].map((seed) => randomNormal([batch, units], 0, 1, 'float32', seed)),
      ];
      expectClose(list(ours.predict(given()))[0] ?? [], list(theirs.predict(given()))[0] ?? [], 1e-6);
    });
  });
});

onEachBackend('the default initializer', () => {
  test('says what it needs', () => {
    tidy(() => {
      expect(() => lstm({ units }).apply(zeros([batch, time, width]))).toThrow(
        "recurrentInitializer: the default 'orthogonal' of tfjs-layers needs @tensorflow/tfjs to be imported; " +
          "import that, or choose another one, such as 'glorotNormal'",
      );
    });
  });
});

test('mistakes are told as tf.layers tells them, and ours in our words', () => {
  expect(() => lstm({ ...plain, units: 0 })).toThrow('positive integer');
  expect(() => Reflect.apply(lstm, undefined, [{ units: 1, engine: 'fast' }])).toThrow(
    "engine: expected one of 'auto', 'fused', 'reference', got 'fast'",
  );
  expect(() => Reflect.apply(gru, undefined, [{ units: 1, resetAfter: true }])).toThrow('reset_after');
  expect(() => gru({ ...plain, units: 1, dropoutFunc: () => 1 })).toThrow('dropoutFunc: not supported');
});
