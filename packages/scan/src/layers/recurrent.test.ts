import { lstm } from '@tapehead/controller';
import { expectClose, expectMistakes, expectNoLeak, onEachEngine } from '@tapehead/testing';
import {
  add,
  concat,
  dispose,
  fill,
  io,
  matMul,
  mul,
  type Rank,
  randomNormal,
  reshape,
  reverse,
  type Scalar,
  serialization,
  slice,
  sum,
  Tensor,
  type Tensor2D,
  tanh,
  tensor,
  tidy,
  unstack,
  variableGrads,
  zeros,
} from '@tensorflow/tfjs-core';
import {
  input,
  layers,
  loadLayersModel,
  type RNN,
  type Sequential,
  type SimpleRNNLayerArgs,
  sequential,
} from '@tensorflow/tfjs-layers';
import { describe, expect, test } from 'vitest';
import { registerFused } from '../fused.js';
import { scan } from '../index.js';
import { type RecurrentArgs, type RecurrentContext, RecurrentLayer, recurrent } from '../layers.js';
import { kernelNames } from '../testing/kernelNames.js';

const units = 4;
type State = { cells: { h: Tensor }[] };

/** h' = tanh([x, h] · kernel + bias) */
function elman({ inputSize, variable, nextSeed }: RecurrentContext) {
  const kernel = variable('kernel', randomNormal([inputSize + units, units], 0, 0.5, 'float32', nextSeed()));
  const bias = variable('bias', zeros([units]));
  return {
    outputSize: units,
    initialState: (batch: number): State => ({ cells: [{ h: zeros([batch, units]) }] }),
    step(x: Tensor2D, { cells }: State) {
      const weights = reshape<Rank.R2>(kernel, [-1, units]);
      const inputs = concat([x, ...cells.map(({ h }) => reshape<Rank.R2>(h, [-1, units]))], 1);
      const h = tanh(add(matMul(inputs, weights), bias));
      return { output: h, state: { cells: [{ h }] } };
    },
  };
}

const make = (args: Partial<RecurrentArgs> = {}) => recurrent({ net: elman, seed: 1, ...args });
const sequence = () => randomNormal([3, 5, 2], 0, 1, 'float32', 2);

function outputOf(layer: { apply(x: Tensor, kwargs?: object): unknown }, x: Tensor, kwargs?: object): Tensor {
  const output = layer.apply(x, kwargs);
  if (output instanceof Tensor) return output;
  throw new Error('expected a tensor');
}

class ElmanLayer extends RecurrentLayer {
  static override readonly className = 'Elman';
  constructor(args: Omit<RecurrentArgs, 'net'>) {
    super({ ...args, net: elman });
  }
}
serialization.registerClass(ElmanLayer);

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

onEachEngine('a layer around a step', { registerFused, kernelNames }, () => {
  test('gives what scan gives, all of it or the last, from either end', () => {
    tidy(() => {
      const x = sequence();
      for (const goBackwards of [false, true]) {
        const whole = make({ returnSequences: true, goBackwards });
        const last = make({ goBackwards });
        const output = outputOf(whole, x);
        const turned = goBackwards ? reverse(x, 1) : x;
        const { outputs } = scan(whole.net, whole.net.initialState(3), turned);
        expect(output.dataSync()).toEqual(outputs.dataSync());
        expectClose(outputOf(last, x), slice(output, [0, 4, 0], [-1, 1, -1]), 1e-6);
        expect(whole.computeOutputShape([null, 7, 2])).toEqual([null, 7, units]);
        expect(last.computeOutputShape([null, 7, 2])).toEqual([null, units]);
      }
    });
  });

  describe('beside tf.layers.simpleRNN, which has the same step', () => {
    /** A layer of tf.layers and ours, with the same weights. */
    const twins = (args: Omit<SimpleRNNLayerArgs, 'units'>): [RNN, RNN] => {
      const theirs = layers.simpleRNN({ units, recurrentInitializer: 'glorotNormal', ...args });
      const own = make(args);
      for (const each of [theirs, own]) each.apply(zeros([3, 5, 2]));
      const [kernel = zeros([0]), recurrentKernel = zeros([0]), bias = zeros([0])] = theirs.getWeights();
      own.setWeights([concat([kernel, recurrentKernel], 0), bias]);
      return [theirs, own];
    };
    const mask = () => tensor([1, 1, 0, 0, 1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 1], [3, 5], 'bool');
    const expectSame = (given: unknown, wanted: unknown) => {
      const [all, others] = [[given].flat(), [wanted].flat()];
      expect(all.length).toBe(others.length);
      for (const [i, each] of all.entries()) {
        const other = others[i];
        if (!(each instanceof Tensor && other instanceof Tensor)) throw new Error('expected tensors');
        expect(each.shape).toEqual(other.shape);
        expectClose(each, other, 1e-6);
      }
    };

    const variants: Omit<SimpleRNNLayerArgs, 'units'>[] = [
      {},
      { returnSequences: true, returnState: true },
      { returnSequences: true, returnState: true, goBackwards: true },
    ];
    test.each(variants)('gives the same with %o, with a mask and from an initial state', (args) => {
      tidy(() => {
        const [theirs, own] = twins(args);
        const initialState = randomNormal([3, units], 0, 1, 'float32', 7);
        // tf.layers gives the initial state as the output of steps before the first, Keras and we give 0.
        for (const kwargs of [{}, { mask: mask() }, { initialState }]) {
          expectSame(own.apply(sequence(), { ...kwargs }), theirs.apply(sequence(), { ...kwargs }));
        }
        const cost = (layer: RNN) => () =>
          tidy(() => {
            const [first] = [layer.apply(sequence(), { mask: mask() })].flat();
            if (!(first instanceof Tensor)) throw new Error('expected a tensor');
            return sum<Scalar>(mul(first, randomNormal(first.shape, 0, 1, 'float32', 9)));
          });
        const slopes = (layer: RNN) => Object.values(variableGrads(cost(layer)).grads);
        const [kernel = zeros([0]), recurrentKernel = zeros([0]), bias] = slopes(theirs);
        expectSame(slopes(own), [concat([kernel, recurrentKernel], 0), bias]);
      });
    });

    test('gives the same where it is stateful', () => {
      tidy(() => {
        const [theirs, own] = twins({ stateful: true, batchInputShape: [3, null, 2] });
        const state = randomNormal([3, units], 0, 1, 'float32', 7);
        for (const each of [theirs, own]) each.resetStates();
        for (const given of [undefined, state, undefined]) {
          for (const each of [theirs, own]) each.resetStates(given);
          for (let i = 0; i < 2; i++) {
            expectSame(own.apply(sequence(), { mask: mask() }), theirs.apply(sequence(), { mask: mask() }));
            expectSame(own.states, theirs.states);
          }
        }
      });
    });

    test('gives the same within bidirectional and timeDistributed', () => {
      tidy(() => {
        for (const mergeMode of ['concat', 'sum', 'ave', 'mul'] as const) {
          const [theirs, own] = twins({ returnSequences: true }).map((layer) =>
            layers.bidirectional({ layer, mergeMode }),
          );
          if (!theirs || !own) throw new Error('two layers make two');
          for (const each of [theirs, own]) each.apply(sequence());
          const weights = theirs.getWeights();
          const half = (from: number) => {
            const [kernel = zeros([0]), recurrentKernel = zeros([0]), bias = zeros([0])] =
              weights.slice(from);
            return [concat([kernel, recurrentKernel], 0), bias];
          };
          own.setWeights([...half(0), ...half(3)]);
          expectSame(own.apply(sequence(), { mask: mask() }), theirs.apply(sequence(), { mask: mask() }));
        }
        const [theirs, own] = twins({}).map((layer) => layers.timeDistributed({ layer }));
        const four = randomNormal([3, 4, 5, 2], 0, 1, 'float32', 3);
        expectSame(own?.apply(four), theirs?.apply(four));
      });
    });
  });

  test('NaN at steps that a mask leaves out changes no output and no gradient', () => {
    tidy(() => {
      const layer = make({ returnSequences: true });
      layer.apply(sequence());
      const mask = tensor([1, 1, 0, 0, 0], [1, 5]);
      const x = slice(sequence(), 0, 1);
      const pad = (value: number) => concat([slice(x, [0, 0, 0], [1, 2, 2]), fill([1, 3, 2], value)], 1);
      const run = (given: Tensor) => {
        const { value, grads } = variableGrads(() =>
          tidy(() => sum<Scalar>(outputOf(layer, given, { mask }))),
        );
        return [value, ...Object.values(grads)].map((each) => Array.from(each.dataSync()));
      };
      expect(run(pad(Number.NaN))).toEqual(run(pad(0)));
    });
  });

  test('takes a controller of @tapehead/controller, with its learned start', () => {
    tidy(() => {
      const layer = recurrent({ net: (context) => lstm(context, { controllerSize: 4, layers: 2 }), seed: 1 });
      const x = sequence();
      const output = outputOf(layer, x);
      let state = layer.net.initialState(3);
      let last = zeros([3, 4]);
      for (const at of unstack(x, 1)) {
        const stepped = layer.net.step(reshape<Rank.R2>(at, [3, 2]), state);
        [last, state] = [stepped.output, stepped.state];
      }
      expectClose(output, last, 1e-6);
      expect(layer.trainableWeights.length).toBe(10);
      const { grads } = variableGrads(() => tidy(() => sum<Scalar>(outputOf(layer, x))));
      expect(Object.keys(grads).length).toBe(10);
    });
  });

  test('gives the last step taken where there is a mask', () => {
    tidy(() => {
      const model = (returnSequences: boolean) =>
        sequential({
          layers: [
            layers.masking({ maskValue: 0, inputShape: [null, 2] }),
            make({ returnSequences }),
            layers.activation({ activation: 'linear' }),
          ],
        });
      const x = slice(sequence(), [0, 0, 0], [1, 3, -1]);
      const padded = concat([x, zeros([1, 2, 2])], 1);
      const alone = outputOf(make(), x);
      expectClose(outputOf(model(false), padded), alone, 1e-6);
      const whole = outputOf(model(true), padded);
      expectClose(slice(whole, [0, 2, 0], [-1, 1, -1]), alone, 1e-6);
      for (const t of [3, 4]) expectClose(slice(whole, [0, t, 0], [-1, 1, -1]), alone, 1e-6);
    });
  });

  test('trains in a model, with all its weights', async () => {
    const model = sequential({ layers: [make({ inputShape: [null, 2] }), layers.dense({ units: 1 })] });
    expect(model.trainableWeights.length).toBe(4);
    model.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
    const { history } = await model.fit(sequence(), zeros([3, 1]), { epochs: 20, verbose: 0 });
    const losses = (history.loss ?? []).map(Number);
    expect(losses.at(-1)).toBeLessThan(losses[0] ?? 0);
  });

  test('a class of its own is saved and loaded whole; the plain one says why not', async () => {
    const args = { inputShape: [null, 2], returnSequences: true, goBackwards: true, seed: 3 };
    const model = sequential({ layers: [new ElmanLayer(args)] });
    const loaded = await loadLayersModel(io.fromMemory(await saved(model)));
    const [x] = [sequence()];
    expect(outputOf(loaded, x).dataSync()).toEqual(outputOf(model, x).dataSync());
    await expect(saved(sequential({ layers: [make({ inputShape: [null, 2] })] }))).rejects.toThrow(
      'derive a class from RecurrentLayer',
    );
  });

  test('the same seed gives the same weights', () => {
    tidy(() => {
      const weights = (args: Partial<RecurrentArgs>) => {
        const layer = make(args);
        layer.apply(zeros([1, 1, 2]));
        return layer.getWeights()[0]?.dataSync();
      };
      expect(weights({})).toEqual(weights({}));
      expect(weights({})).not.toEqual(weights({ seed: 2 }));
    });
  });

  test('leaves nothing behind', () => {
    const layer = make();
    const x = sequence();
    expectNoLeak(() => outputOf(layer, x));
    layer.dispose();
    dispose(x);
  });

  const odd = (value: unknown) => JSON.parse(JSON.stringify(value));
  const x = () => zeros([2, 3, 4]);
  expectMistakes([
    [() => recurrent(odd({ net: 5 })), 'net: expected a function, got 5'],
    [
      () => make(odd({ units: 5 })),
      'recurrent: units is not supported; the width of the output is outputSize',
    ],
    [
      () => make(odd({ hidden: 5 })),
      "recurrent: unknown option 'hidden'; expected one of its own, such as 'net', of recurrent layers, " +
        "such as 'returnSequences', or of every layer",
    ],
    [
      () =>
        make({
          net: (context) => ({ ...elman(context), initialState: () => ({ count: zeros([]) }) }),
          returnState: true,
          name: 'elman',
        }).computeOutputShape([null, 3, 2]),
      'layer elman: expected a built layer; add it to a model first',
    ],
    [
      () =>
        make({
          net: (context) => ({ ...elman(context), initialState: () => ({ count: zeros([]) }) }),
          returnState: true,
        }).apply(input({ shape: [null, 2] })),
      'state.count: expected shape [batch, …], because the layer returns, keeps or takes the state, got [] for a batch of 1',
    ],
    [() => make({ seed: 0.5 }), 'seed: expected an integer of at least -9007199254740991, got 0.5'],
    [() => make({ engine: odd('x') }), "engine: expected one of 'auto', 'fused', 'reference', got 'x'"],
    [
      () => make({ net: () => odd({ outputSize: 0 }) }).apply(x()),
      'outputSize: expected an integer of at least 1, got 0',
    ],
    [
      () => make({ net: () => odd(null) }).apply(x()),
      'net: expected it to return { outputSize, initialState, step }, got null',
    ],
    [
      () => make().apply(zeros([2, 3])),
      'x: expected [batch, time, inputSize], got [2, 3]; a recurrent layer before this one needs returnSequences: true',
    ],
    [
      () => make({ net: (context) => ({ ...elman(context), outputSize: 3 }) }).apply(x()),
      'state.last[0], returned by step: expected shape [batch, 3], as it was given, got [batch, 4]',
    ],
  ]);
});
