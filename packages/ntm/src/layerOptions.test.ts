import { lstm } from '@tapehead/controller';
import { recurrent } from '@tapehead/scan/layers';
import { expectClose, expectNoLeak, onEachEngine } from '@tapehead/testing';
import {
  add,
  concat,
  dispose,
  fill,
  grad,
  io,
  memory,
  mul,
  ones,
  type Rank,
  randomNormal,
  reshape,
  reverse,
  slice,
  sum,
  Tensor,
  tensor,
  tidy,
  variableGrads,
  zeros,
} from '@tensorflow/tfjs-core';
import {
  input,
  type LayersModel,
  layers,
  loadLayersModel,
  model as modelOf,
  type RNN,
  regularizers,
  type Sequential,
  SymbolicTensor,
  sequential,
} from '@tensorflow/tfjs-layers';
import { describe, expect, test } from 'vitest';
import { registerFused } from './fused.js';
import { ntmLayer } from './index.js';
import { kernelNames } from './testing/kernelNames.js';

const [batch, time, width, units] = [2, 5, 3, 2];

interface Args {
  returnSequences?: boolean;
  returnState?: boolean;
  goBackwards?: boolean;
  stateful?: boolean;
  dropout?: number;
  batchInputShape?: (number | null)[];
  inputShape?: (number | null)[];
  name?: string;
  trainable?: boolean;
  kernelRegularizer?: 'l1l2';
  biasInitializer?: 'ones';
  kernelInitializer?: 'ones';
  kernelConstraint?: 'nonNeg';
}

/** What is common to recurrent layers, as these tests use it. */
type Layer = RNN;

const small = { memorySize: 6, memoryDim: 4, controllerSize: 5, outputSize: units, seed: 1 };
const kinds: Readonly<Record<string, { make: (args?: Args) => Layer; states: readonly number[][] }>> = {
  'tf.layers.lstm': {
    // The orthogonal initializer of tfjs-layers needs the chained ops of the umbrella package.
    make: (args) => layers.lstm({ units, recurrentInitializer: 'glorotNormal', ...args }),
    states: [[units], [units]],
  },
  ntmLayer: {
    make: (args) => ntmLayer({ ...small, ...args }),
    states: [[5], [5], [6, 4], [1, 6], [1, 6], [1, 4]],
  },
  recurrent: {
    make: (args) =>
      recurrent({ net: (context) => lstm(context, { controllerSize: units }), seed: 1, ...args }),
    states: [[units], [units]],
  },
};

const x = (seed = 1, steps = time) => randomNormal<Rank.R3>([batch, steps, width], 0, 1, 'float32', seed);
const part = (given: Tensor, from: number, size: number) => slice(given, [0, from, 0], [-1, size, -1]);

function list(outputs: unknown): Tensor[] {
  return (Array.isArray(outputs) ? outputs : [outputs]).map((each) => {
    if (each instanceof Tensor) return each;
    throw new Error('expected a tensor');
  });
}

function one(outputs: unknown): Tensor {
  const [output, ...others] = list(outputs);
  if (output === undefined || others.length > 0) throw new Error('expected one tensor');
  return output;
}

/** A layer with the same weights and other options. */
function twin(of: Layer, make: (args?: Args) => Layer, args: Args): Layer {
  const other = make(args);
  other.apply(zeros([batch, time, width]));
  other.setWeights(of.getWeights());
  return other;
}

function built(make: (args?: Args) => Layer, args: Args = {}): Layer {
  const layer = make(args);
  layer.apply(zeros([batch, time, width]));
  return layer;
}

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

const weightsOf = (model: LayersModel) => model.getWeights().map((each) => Array.from(each.dataSync()));

const reloaded = async (model: LayersModel) => loadLayersModel(io.fromMemory(await saved(model)));

/** A step that is not taken equals a step that is not there; other sums are in another order. */
const tolerance = 1e-5;

/** Options of recurrent layers of tf.layers that belong to cells, or that tf.layers does not support itself. */
const unsupported = [
  'activation',
  'recurrentActivation',
  'useBias',
  'unitForgetBias',
  'implementation',
  'resetAfter',
  'recurrentInitializer',
  'recurrentRegularizer',
  'recurrentConstraint',
  'recurrentDropout',
  'dropoutFunc',
  'unroll',
  'cell',
  'constants',
  'activityRegularizer',
  'inputDim',
  'inputLength',
  'initialState',
  'mask',
];

describe.each(['ntmLayer', 'recurrent'])('%s', (kind) => {
  test.each(['units', ...unsupported])('other options: %s is an error that names it', (name) => {
    const make = kinds[kind]?.make;
    expect(() => make?.(Object.assign({}, { [name]: 1 }))).toThrow(
      new RegExp(`^${kind}: ${name} is not supported`),
    );
  });
});

onEachEngine('beside tf.layers.lstm', { registerFused, kernelNames }, () => {
  describe.each(Object.entries(kinds))('%s', (kind, { make, states }) => {
    const canSave = kind !== 'recurrent';

    test('returnSequences: false, the default, gives the last step', () => {
      tidy(() => {
        const last = built(make);
        const whole = twin(last, make, { returnSequences: true });
        const output = one(whole.apply(x()));
        expect(output.shape).toEqual([batch, time, units]);
        expectClose(one(last.apply(x())), reshape(part(output, time - 1, 1), [batch, units]), tolerance);
        expect(last.computeOutputShape([null, 7, width])).toEqual([null, units]);
        expect(whole.computeOutputShape([null, 7, width])).toEqual([null, 7, units]);
      });
    });

    test('returnState: gives the last state too, from which initialState goes on', () => {
      tidy(() => {
        const layer = built(make, { returnState: true, returnSequences: true });
        const [whole, ...end] = list(layer.apply(x()));
        const [first, ...between] = list(layer.apply(part(x(), 0, 2)));
        const [second, ...last] = list(layer.apply(part(x(), 2, 3), { initialState: between }));
        if (!whole || !first || !second) throw new Error('all have an output');
        expect(between.map(({ shape }) => shape)).toEqual(states.map((each) => [batch, ...each]));
        expectClose(concat([first, second], 1), whole, tolerance);
        expect(last.length).toBe(end.length);
        for (const [i, each] of last.entries()) expectClose(each, end[i] ?? [], tolerance);
        expect(layer.computeOutputShape([null, 7, width])).toEqual([
          [null, 7, units],
          ...states.map((each) => [null, ...each]),
        ]);
      });
    });

    test('initialState: may be symbolic, and the model is saved and loaded', async () => {
      const steps = input({ shape: [null, width] });
      const start = states.map((shape) => input({ shape: [...shape] }));
      const layer = make({ returnState: true });
      const outputs = layer.apply(steps, { initialState: start });
      const symbols = (Array.isArray(outputs) ? outputs : [outputs]).filter(
        (each) => each instanceof SymbolicTensor,
      );
      const model = modelOf({ inputs: [steps, ...start], outputs: symbols });
      const given = [
        x(),
        ...states.map((shape, i) => randomNormal([batch, ...shape], 0, 1, 'float32', i + 3)),
      ];
      const wanted = list(layer.apply(x(), { initialState: given.slice(1) }));
      const got = list(model.predict(given));
      expect(got.length).toBe(1 + states.length);
      for (const [i, each] of got.entries()) expectClose(each, wanted[i] ?? [], tolerance);
      if (!canSave) return;
      const again = list((await reloaded(model)).predict(given));
      for (const [i, each] of again.entries()) expectClose(each, wanted[i] ?? [], tolerance);
    });

    test('goBackwards: takes the last step first, and gives outputs in that order', () => {
      tidy(() => {
        const forward = built(make, { returnSequences: true });
        const backward = twin(forward, make, { returnSequences: true, goBackwards: true });
        expectClose(one(backward.apply(x())), one(forward.apply(reverse(x(), 1))), tolerance);
      });
    });

    test('stateful: goes on where the batch before ended, until resetStates', () => {
      tidy(() => {
        const whole = built(make);
        const layer = twin(whole, make, { stateful: true, batchInputShape: [batch, null, width] });
        layer.resetStates();
        for (let i = 0; i < 2; i++) {
          layer.apply(part(x(), 0, 2));
          expectClose(one(layer.apply(part(x(), 2, 3))), one(whole.apply(x())), tolerance);
          layer.resetStates();
        }
      });
    });

    test('stateful in a model: predict carries, fit trains, a wrong batch and no batch size are refused', async () => {
      const model = sequential({
        layers: [make({ stateful: true, batchInputShape: [batch, null, width] })],
      });
      model.resetStates();
      const [first, second] = [one(model.predict(x())), one(model.predict(x()))];
      expect(first.dataSync()).not.toEqual(second.dataSync());
      model.resetStates();
      expectClose(one(model.predict(x())), first, 1e-6);
      expect(() => model.predict(zeros([batch + 1, time, width]))).toThrow();
      expect(() => make({ stateful: true }).apply(input({ shape: [null, width] }))).toThrow(/batch/);
      model.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
      model.resetStates();
      const before = weightsOf(model);
      const { history } = await model.fit(x(), zeros([batch, units]), {
        epochs: 8,
        verbose: 0,
        batchSize: batch,
      });
      expect((history.loss ?? []).every((loss) => Number.isFinite(Number(loss)))).toBe(true);
      const after = weightsOf(model);
      for (const [i, each] of before.entries()) {
        if (each.length > 0) expect(after[i], model.weights[i]?.originalName).not.toEqual(each);
      }
    });

    test('mask: the answer is that of the steps that are taken, padding has no part in it', () => {
      tidy(() => {
        for (const goBackwards of [false, true]) {
          const layer = built(make, { returnState: true, returnSequences: true, goBackwards });
          // Padding at the end, at the start, and in the middle.
          const places = [
            [0, 1, 2],
            [2, 3, 4],
            [0, 2, 4],
          ];
          for (const taken of places) {
            const mask = tensor(
              Array.from({ length: time }, (_, t) => Number(taken.includes(t))),
              [1, time],
            );
            const [masked, ...end] = list(layer.apply(x(), { mask: concat([mask, mask], 0) }));
            const short = concat(
              taken.map((t) => part(x(), t, 1)),
              1,
            );
            const [wanted, ...wantedEnd] = list(layer.apply(short));
            if (!masked || !wanted) throw new Error('both have an output');
            const order = goBackwards ? taken.map((t) => time - 1 - t).reverse() : taken;
            const got = concat(
              order.map((t) => part(masked, t, 1)),
              1,
            );
            expectClose(got, wanted, tolerance);
            for (const [i, each] of end.entries()) expectClose(each, wantedEnd[i] ?? [], tolerance);
          }
        }
      });
    });

    test('mask, output: a step that is not taken has the output of the last one taken, 0 before the first', () => {
      tidy(() => {
        const layer = built(make, { returnSequences: true });
        const mask = tensor([0, 1, 0, 0, 1, 1, 1, 0, 1, 0], [batch, time], 'bool');
        const output = one(layer.apply(x(), { mask }));
        const at = (row: number, t: number) => Array.from(slice(output, [row, t, 0], [1, 1, -1]).dataSync());
        expect(at(0, 0)).toEqual([0, 0]);
        expect(at(0, 2)).toEqual(at(0, 1));
        expect(at(0, 3)).toEqual(at(0, 1));
        expect(at(1, 2)).toEqual(at(1, 1));
        expect(at(1, 4)).toEqual(at(1, 3));
        const last = twin(layer, make, {});
        expectClose(one(last.apply(x(), { mask })), [...at(0, 4), ...at(1, 4)], tolerance);
      });
    });

    test('mask, source: masking and embedding layers, and it goes on to the layers after it', async () => {
      const model = sequential({
        layers: [
          layers.masking({ maskValue: 0, inputShape: [null, width] }),
          make({ returnSequences: true }),
          make({ name: 'last' }),
        ],
      });
      const short = x(1, 3);
      const padded = tidy(() => concat([short, zeros<Rank.R3>([batch, 4, width])], 1));
      expectClose(one(model.predict(padded)), one(model.predict(short)), tolerance);
      const words = sequential({
        layers: [
          layers.embedding({ inputDim: 9, outputDim: width, maskZero: true, inputShape: [null] }),
          make(),
        ],
      });
      const said = (rows: number[][], at = 0) =>
        slice(one(words.predict(tensor(rows, undefined, 'int32'))), [at, 0], [1, -1]);
      const both = [
        [3, 1, 0, 0],
        [4, 0, 0, 0],
      ];
      expectClose(said(both), said([[3, 1]]), tolerance);
      expectClose(said(both, 1), said([[4]]), tolerance);
    });

    test('mask, gradients: none depends on padding', () => {
      tidy(() => {
        const layer = built(make);
        const mask = tensor([1, 1, 1, 0, 0, 1, 1, 1, 1, 1], [batch, time]);
        const cost = (given: Tensor) =>
          sum<Tensor & { rank: Rank.R0 }>(mul(one(layer.apply(given, { mask })), [1, 2]));
        const slopes = (given: Tensor) =>
          Object.values(variableGrads(() => reshape<Rank.R0>(cost(given), [])).grads);
        const pad = (value: number) =>
          add(
            x(),
            concat(
              [
                concat([zeros<Rank.R3>([1, 3, width]), fill<Rank.R3>([1, 2, width], value)], 1),
                zeros<Rank.R3>([1, 5, width]),
              ],
              0,
            ),
          );
        const wanted = slopes(x());
        for (const value of kind === 'tf.layers.lstm' ? [7] : [7, Number.NaN]) {
          const other = slopes(pad(value));
          expect(other.length).toBe(layer.trainableWeights.length);
          for (const [i, each] of other.entries()) expectClose(each, wanted[i] ?? [], tolerance);
          const ofX = grad(cost)(pad(value));
          expect(Array.from(slice(ofX, [0, 3, 0], [1, 2, -1]).dataSync())).toEqual(Array(2 * width).fill(0));
        }
      });
    });

    test.each(['concat', 'sum', 'ave', 'mul', undefined] as const)(
      'bidirectional: the backward half starts at the end, mergeMode %s',
      (mergeMode) => {
        tidy(() => {
          const given = { returnSequences: true };
          const both = layers.bidirectional({
            layer: make(given),
            ...(mergeMode === undefined ? {} : { mergeMode }),
          });
          const got = one(both.apply(x()));
          const weights = both.getWeights();
          const [forward, backward] = [built(make, given), built(make, { ...given, goBackwards: true })];
          forward.setWeights(weights.slice(0, weights.length / 2));
          backward.setWeights(weights.slice(weights.length / 2));
          const [there, back] = [one(forward.apply(x())), reverse(one(backward.apply(x())), 1)];
          const merged = {
            concat: () => concat([there, back], 2),
            sum: () => add(there, back),
            ave: () => mul(add(there, back), 0.5),
            mul: () => mul(there, back),
          }[mergeMode ?? 'concat']();
          expectClose(got, merged, tolerance);
        });
      },
    );

    test('bidirectional in a model: takes masks and states, trains, and is saved and loaded', async () => {
      const model = sequential({
        layers: [
          layers.masking({ maskValue: 0, inputShape: [null, width] }),
          layers.bidirectional({
            layer: make({ returnSequences: true }),
            mergeMode: 'concat',
          }),
          layers.bidirectional({ layer: make({ name: 'second' }), mergeMode: 'sum' }),
        ],
      });
      const short = x(1, 3);
      const padded = tidy(() => concat([short, zeros<Rank.R3>([batch, 2, width])], 1));
      expectClose(one(model.predict(padded)), one(model.predict(short)), tolerance);
      model.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
      const { history } = await model.fit(padded, ones([batch, units]), { epochs: 8, verbose: 0 });
      const losses = (history.loss ?? []).map(Number);
      expect(losses.at(-1)).toBeLessThan(losses[0] ?? 0);
      const withStates = layers.bidirectional({
        layer: make({ returnState: true }),
        mergeMode: 'concat',
      });
      const [, ...end] = list(withStates.apply(x()));
      expect(end.length).toBe(2 * states.length);
      const [next] = list(withStates.apply(x(), { initialState: end }));
      expect(next?.shape).toEqual([batch, 2 * units]);
      if (!canSave) return;
      expectClose(one((await reloaded(model)).predict(padded)), one(model.predict(padded)), 1e-6);
    });

    test('timeDistributed: around the layer, and around a layer after it', () => {
      tidy(() => {
        const inner = built(make);
        const around = layers.timeDistributed({ layer: inner });
        const four = reshape<Rank.R4>(concat([x(1), x(2)], 1), [batch, 2, time, width]);
        const got = one(around.apply(four));
        expectClose(part(got, 0, 1), one(inner.apply(x(1))), tolerance);
        expectClose(part(got, 1, 1), one(inner.apply(x(2))), tolerance);
        const model = sequential({
          layers: [
            make({ returnSequences: true, inputShape: [null, width] }),
            layers.timeDistributed({ layer: layers.dense({ units: 4 }) }),
          ],
        });
        expect(one(model.predict(x())).shape).toEqual([batch, time, 4]);
      });
    });

    test('dropout: drops inputs, the same at all steps, in training alone', () => {
      tidy(() => {
        const layer = built(make, { dropout: 0.5 });
        const output = (training: boolean) => Array.from(one(layer.apply(x(), { training })).dataSync());
        expect(output(false)).toEqual(output(false));
        // One of 64 masks each time.
        const seen = new Set(Array.from({ length: 6 }, () => String(output(true))));
        expect(seen.size).toBeGreaterThan(1);
        // Each row is what one of the eight masks gives where it is the same at all steps.
        const dropping = twin(layer, make, { dropout: 0.5, returnSequences: true });
        const plain = twin(layer, make, { returnSequences: true });
        const masks = tensor(Array.from({ length: 8 }, (_, i) => [i & 1, (i >> 1) & 1, i >> 2]));
        const all = one(plain.apply(mul(reshape(mul(masks, 2), [8, 1, width]), ones([8, time, width]))));
        const dropped = one(dropping.apply(ones([batch, time, width]), { training: true }));
        const row = (of: Tensor, i: number) => Array.from(slice(of, [i, 0, 0], [1, -1, -1]).dataSync());
        for (let i = 0; i < batch; i++) {
          const distances = Array.from({ length: 8 }, (_, m) =>
            Math.max(...row(all, m).map((each, at) => Math.abs(each - (row(dropped, i)[at] ?? 0)))),
          );
          expect(Math.min(...distances)).toBeLessThan(1e-5);
        }
      });
    });

    // What tf.layers.lstm makes of these does not reach its model: its losses are those of the layer, not of the cell.
    const testOfOurs: typeof test | undefined = kind === 'tf.layers.lstm' ? undefined : test;
    testOfOurs?.('regularizers: are losses that fit adds', async () => {
      const build = (args: Args) => sequential({ layers: [make({ inputShape: [null, width], ...args })] });
      const [plain, model] = [build({}), build({ kernelRegularizer: 'l1l2' })];
      model.setWeights(plain.getWeights());
      const kernels = model.weights.filter(({ originalName }) => /kernel$/i.test(originalName));
      expect(kernels.length).toBeGreaterThan(0);
      const wanted = tidy(() =>
        kernels.reduce(
          (total, each) => total + Number(regularizers.l1l2().apply(each.read()).dataSync()[0]),
          0,
        ),
      );
      const [less = 0, more = 0] = await Promise.all(
        [plain, model].map(async (each) => {
          each.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
          const { history } = await each.fit(x(), zeros([batch, units]), { epochs: 1, verbose: 0 });
          return Number(history.loss?.[0]);
        }),
      );
      expect(more - less).toBeCloseTo(wanted, 4);
    });

    test('constraints and initializers: hold for the weights that the layer has, loads or is given', () => {
      tidy(() => {
        const layer = built(make, { kernelInitializer: 'ones', biasInitializer: 'ones' });
        const valuesOf = (of: Layer, name: RegExp) =>
          of.weights
            .filter(({ originalName }) => name.test(originalName))
            .flatMap((each) => Array.from(each.read().dataSync()));
        // The second kernel of tf.layers.lstm has an initializer of its own.
        const name = kind === 'tf.layers.lstm' ? /\/kernel$/ : /kernel$|bias$/i;
        expect(new Set(valuesOf(layer, name))).toEqual(new Set([1]));
        const constrained = built(make, { kernelConstraint: 'nonNeg' });
        constrained.setWeights(constrained.weights.map(({ shape }) => fill(shape.map(Number), -1)));
        expect(new Set(valuesOf(constrained, name.source.includes('bias') ? /kernel$/i : name))).toEqual(
          new Set([0]),
        );
      });
    });

    test('trainable: false freezes it', async () => {
      const model = sequential({
        layers: [make({ inputShape: [null, width], trainable: false }), layers.dense({ units: 1 })],
      });
      expect(model.trainableWeights.length).toBe(2);
      model.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
      const before = model.layers[0]?.getWeights().map((each) => Array.from(each.dataSync()));
      await model.fit(x(), ones([batch, 1]), { epochs: 2, verbose: 0 });
      expect(model.layers[0]?.getWeights().map((each) => Array.from(each.dataSync()))).toEqual(before);
    });

    const optionSets: Args[] = [
      { returnSequences: true },
      { returnSequences: true, goBackwards: true },
      { stateful: true, batchInputShape: [batch, null, width] },
      { dropout: 0.3 },
      { kernelRegularizer: 'l1l2', kernelConstraint: 'nonNeg' },
    ];
    test.each(canSave ? optionSets : [])('save: a model with %o is saved and loaded', async (args) => {
      // Files of tf.layers.lstm hold weights that its constraint has not seen.
      if (kind === 'tf.layers.lstm' && args.kernelConstraint) return;
      const model: Sequential = sequential({ layers: [make({ inputShape: [null, width], ...args })] });
      const loaded = await reloaded(model);
      const config = (of: LayersModel) => of.layers[0]?.getConfig();
      // A file has null for what tf.layers.lstm leaves undefined.
      if (kind !== 'tf.layers.lstm') expect(config(loaded)).toEqual(config(model));
      for (const seed of [1, 2]) {
        expectClose(one(loaded.predict(x(seed))), one(model.predict(x(seed))), 1e-6);
      }
    });

    test('memory: leaves nothing behind', () => {
      const layer = built(make, { returnState: true, dropout: 0.4 });
      const given = x();
      const mask = ones([batch, time]);
      // tf.layers.lstm keeps its masks of dropout.
      if (kind !== 'tf.layers.lstm') {
        for (const training of [true, false])
          expectNoLeak(() => list(layer.apply(given, { training, mask })));
      }
      const stateful = make({ stateful: true, batchInputShape: [batch, null, width] });
      tidy(() => void stateful.apply(given));
      expectNoLeak(() => list(stateful.apply(given)));
      const before = memory().numTensors;
      stateful.dispose();
      const left = kind === 'tf.layers.lstm' ? 0 : states.length;
      expect(memory().numTensors).toBe(before - stateful.weights.length - left);
      dispose([given, mask]);
      layer.dispose();
    });
  });
});
