import {
  expectClose,
  expectNoLeak,
  expectSameGradients,
  onEachBackend,
  tensorsIn,
  valueTolerance,
} from '@tapehead/testing';
import {
  addN,
  concat,
  dispose,
  fill,
  grads,
  io,
  mean,
  memory,
  ones,
  type Rank,
  randomNormal,
  randomUniform,
  round,
  type Scalar,
  slice,
  square,
  squeeze,
  stack,
  sum,
  Tensor,
  type Tensor2D,
  tidy,
  tile,
  train,
  unstack,
  Variable,
  variableGrads,
  zeros,
} from '@tensorflow/tfjs-core';
import {
  input,
  type LayersModel,
  type layers,
  loadLayersModel,
  model as modelOf,
} from '@tensorflow/tfjs-layers';
import { expect, test } from 'vitest';
import { NTM, type NtmOptions, type NtmState } from '../index.js';
import { build, fromNtm, initialState } from '../layers.js';
import { symbolic } from './symbolic.js';

const small = {
  inputSize: 3,
  outputSize: 2,
  memorySize: 6,
  memoryDim: 4,
  controllerSize: 5,
  seed: 1,
} as const;
const batch = 2;

const nets: readonly NtmOptions[] = [
  small,
  { ...small, keyAndAddActivation: 'linear', outputActivation: 'linear' },
  { ...small, numHeads: 3, layers: 2, shifts: 5 },
  { ...small, readHeads: 2, writeHeads: 1, outputActivation: 'softmax' },
  { ...small, keyActivation: 'linear', sharpenEpsilon: 0.1 },
  { ...small, addActivation: 'linear', initialWeighting: 'zero', layers: 2 },
];

const xOf = (seed = 2) => randomNormal<Rank.R2>([batch, 3], 0, 1, 'float32', seed);
const rowsOf = (seed = 3) => randomNormal<Rank.R3>([batch, 6, 4], 0, 1, 'float32', seed);

/** What a call of a model gives, as a list. */
function called(model: LayersModel, given: Tensor[]): Tensor[] {
  const output: unknown = model.apply(given);
  const list: unknown[] = Array.isArray(output) ? output : [output];
  return list.map((each) => {
    if (each instanceof Tensor) return each;
    throw new Error('expected tensors');
  });
}

function first([one]: Tensor[]): Tensor {
  if (one) return one;
  throw new Error('expected an output');
}

/** In the order of inputs and outputs of a model. */
const listOf = (state: NtmState): Tensor[] => [
  state.memory,
  state.reads,
  state.readWeights,
  state.writeWeights,
  ...tensorsIn(state.controller),
];

const costOf = (outputs: Tensor[]): Scalar => addN(outputs.map((each) => sum<Scalar>(square(each))));

function gradsOf(cost: () => Scalar, variables: Variable[]): Tensor[] {
  const { grads: all } = variableGrads(cost, variables);
  return variables.map(({ name, shape }) => all[name] ?? zeros(shape));
}

/** A state far from any start. */
function laterState(ntm: NTM): NtmState {
  const begun = { ...ntm.initialState(batch), memory: rowsOf() };
  return ntm.step(xOf(4), begun).state;
}

const outputsOf = (given: Tensor | Tensor[]): Tensor[] => (Array.isArray(given) ? given : [given]);

function variablesOf({ trainableWeights }: InstanceType<typeof layers.Layer>): Variable[] {
  return trainableWeights.map((weight) => {
    const read = weight.read();
    if (read instanceof Variable) return read;
    throw new Error('a weight is a variable');
  });
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

onEachBackend('a model of one step', () => {
  test.each(nets)('gives the numbers of NTM.step, of the whole state: %o', (options) => {
    const ntm = NTM.build(options);
    const model = fromNtm(ntm, { outputs: 'output-and-state' });
    tidy(() => {
      const state = laterState(ntm);
      const { output, state: next } = ntm.step(xOf(), state);
      const wanted = [output, ...listOf(next)];
      const got = called(model, [xOf(), ...listOf(state)]);
      expect(got.map(({ shape }) => shape)).toEqual(wanted.map(({ shape }) => shape));
      for (const [i, each] of got.entries())
        expectClose(each, wanted[i] ?? [], valueTolerance, `output ${i}`);
    });
    model.dispose();
    ntm.dispose();
  });

  test('order: read-first too', () => {
    const ntm = NTM.build({ ...small, order: 'read-first' });
    const model = fromNtm(ntm, { outputs: 'output-and-state' });
    tidy(() => {
      const state = laterState(ntm);
      const { output, state: next } = ntm.step(xOf(), state);
      const [got, rows] = called(model, [xOf(), ...listOf(state)]);
      expectClose(got ?? [], output, valueTolerance);
      expectClose(rows ?? [], next.memory, valueTolerance);
    });
    model.dispose();
    ntm.dispose();
  });

  test('with two inputs starts as the original: uniform weights, the mean row, zeros', () => {
    const ntm = NTM.build({ ...small, numHeads: 2 });
    const model = fromNtm(ntm);
    expect(model.inputs.map(({ shape }) => shape)).toEqual([
      [null, 3],
      [null, 6, 4],
    ]);
    expect(model.outputs.map(({ shape }) => shape)).toEqual([[null, 2]]);
    tidy(() => {
      const rows = rowsOf();
      const uniform = () => fill<Rank.R3>([batch, 2, 6], 1 / 6);
      const cell = { h: zeros<Rank.R2>([batch, 5]), c: zeros<Rank.R2>([batch, 5]) };
      const { output } = ntm.step(xOf(), {
        memory: rows,
        reads: tile(mean(rows, 1, true), [1, 2, 1]),
        readWeights: uniform(),
        writeWeights: uniform(),
        controller: { cells: [cell] },
      });
      expectClose(first(called(model, [xOf(), rows])), output, valueTolerance);
    });
    model.dispose();
    ntm.dispose();
  });

  test.each(nets)('has the gradients of NTM.step, for weights, input and state: %o', (options) => {
    const ntm = NTM.build(options);
    const model = fromNtm(ntm, { outputs: 'output-and-state' });
    tidy(() => {
      const state = laterState(ntm);
      const given = [xOf(), ...listOf(state)];
      const ofStep = () => {
        const { output, state: next } = ntm.step(xOf(), state);
        return costOf([output, ...listOf(next)]);
      };
      const { headKernel, headBias, outputKernel, outputBias, ...others } = ntm.parameters;
      const controller = Object.entries(others).filter(([name]) => /kernel|Kernel|bias/.test(name));
      const ofNet = [...controller.map(([, each]) => each), headKernel, headBias, outputKernel, outputBias];
      const layer = (name: string) => variablesOf(model.getLayer(name));
      const cells = controller.length / 3;
      const ofController = Array.from({ length: cells }, (_, l) =>
        layer(`controller_lstm${l ? `_${l + 1}` : ''}`),
      );
      const heads = [...layer('read_head'), ...layer('write_head')];
      const own = gradsOf(
        () => costOf(called(model, given)),
        [...ofController.flat(), ...heads, ...layer('ntm_output')],
      );
      const [readKernel, readBias, writeKernel, writeBias] = own.splice(3 * cells, 4);
      if (!readKernel || !readBias || !writeKernel || !writeBias)
        throw new Error('the heads have four weights');
      own.splice(3 * cells, 0, concat([readKernel, writeKernel], 1), concat([readBias, writeBias], 0));
      expectSameGradients(
        own,
        gradsOf(
          ofStep,
          ofNet.flatMap((each) => each ?? []),
        ),
      );

      const wanted = grads((x: Tensor, rows: Tensor) => {
        const { output, state: next } = ntm.step(x, { ...state, memory: rows });
        return costOf([output, ...listOf(next)]);
      })([xOf(), state.memory]);
      const got = grads((x: Tensor, rows: Tensor) => costOf(called(model, [x, rows, ...given.slice(2)])))([
        xOf(),
        state.memory,
      ]);
      expectSameGradients(got, wanted);
    });
    model.dispose();
    ntm.dispose();
  });

  test('driven step by step it gives what NTM.sequence gives', () => {
    const ntm = NTM.build({ ...small, numHeads: 2 });
    const model = fromNtm(ntm, { outputs: 'output-and-state' });
    tidy(() => {
      const x = randomNormal<Rank.R3>([batch, 4, 3], 0, 1, 'float32', 5);
      const start = ntm.initialState(batch);
      const outputs: Tensor[] = [];
      let state = listOf(start);
      for (const at of unstack(x, 1)) {
        const [output = at, ...next] = outputsOf(model.predict([at, ...state]));
        outputs.push(output);
        state = next;
      }
      const wanted = ntm.sequence(x, { state: start });
      expectClose(stack(outputs, 1), wanted.output, valueTolerance);
      for (const [i, each] of listOf(wanted.state).entries())
        expectClose(state[i] ?? [], each, valueTolerance);
    });
    model.dispose();
    ntm.dispose();
  });

  test('initialState gives the start of the original: both models give the same first output', () => {
    const whole = build({ ...small, numHeads: 2, layers: 2, outputs: 'output-and-state' });
    const plain = build({ ...small, numHeads: 2, layers: 2 });
    tidy(() => {
      const rows = rowsOf();
      const state = initialState(whole, rows);
      expect(state.map(({ shape }) => [null, ...shape.slice(1)])).toEqual(
        whole.inputs.slice(1).map(({ shape }) => shape),
      );
      const [output] = called(whole, [xOf(), ...state]);
      expect(output?.dataSync()).toEqual(first(called(plain, [xOf(), rows])).dataSync());
    });
    whole.dispose();
    plain.dispose();
  });

  test('both models have the same weights in the same order', () => {
    const [plain, whole] = [
      build({ ...small, layers: 2 }),
      build({ ...small, layers: 2, outputs: 'output-and-state' }),
    ];
    const shapes = (model: LayersModel) =>
      model.weights.map(({ originalName, shape }) => [originalName, shape]);
    expect(shapes(plain)).toEqual(shapes(whole));
    plain.dispose();
    whole.dispose();
  });

  test.each(['output', 'output-and-state'] as const)(
    'with %s, is saved and loaded whole',
    async (outputs) => {
      const model = build({
        ...small,
        numHeads: 2,
        layers: 2,
        shifts: 5,
        keyAndAddActivation: 'tanh',
        outputs,
      });
      const loaded = await loadLayersModel(io.fromMemory(await saved(model)));
      tidy(() => {
        const rows = rowsOf();
        const given = [xOf(), ...(outputs === 'output' ? [rows] : initialState(loaded, rows))];
        const [got, wanted] = [called(loaded, given), called(model, given)];
        expect(got.length).toBe(outputs === 'output' ? 1 : 9);
        expect(got.map((each) => each.dataSync())).toEqual(wanted.map((each) => each.dataSync()));
      });
      model.dispose();
      loaded.dispose();
    },
  );

  test('fit learns to answer with the row of the memory that the input is a key of', async () => {
    const model = build({ inputSize: 4, memorySize: 3, memoryDim: 4, controllerSize: 16, seed: 2 });
    model.compile({ optimizer: train.adam(0.02), loss: 'meanSquaredError' });
    const rows = round(randomUniform<Rank.R3>([64, 3, 4], 0, 1, 'float32', 6));
    const x = squeeze<Tensor2D>(slice(rows, [0, 1, 0], [64, 1, 4]), [1]);
    const { history } = await model.fit([x, rows], x, {
      epochs: 20,
      batchSize: 64,
      verbose: 0,
      shuffle: false,
    });
    const losses = (history.loss ?? []).map(Number);
    expect(losses.at(-1)).toBeLessThan(0.5 * (losses[0] ?? 0));
    const output = outputsOf(model.predict([x, rows]));
    expect(output.map(({ shape }) => shape)).toEqual([[64, 4]]);
    dispose([x, rows, output]);
    model.dispose();
  });

  test('applied once for each step, it is a graph over time with shared weights, which fit trains', async () => {
    const step = build({ ...small, outputs: 'output-and-state' });
    const xs = [0, 1, 2].map((t) => input({ shape: [3], name: `x_${t}` }));
    const start = step.inputs
      .slice(1)
      .map(({ shape }, i) => input({ shape: shape.slice(1), name: `start_${i}` }));
    let [state, outputs] = [start, xs];
    for (const x of xs) {
      const stepped = symbolic(step.apply([x, ...state]));
      [outputs, state] = [stepped.slice(0, 1), stepped.slice(1)];
    }
    const unrolled = modelOf({ inputs: [...xs, ...start], outputs });
    expect(unrolled.trainableWeights.length).toBe(step.trainableWeights.length);
    unrolled.compile({ optimizer: train.adam(0.05), loss: 'meanSquaredError' });
    const rows = rowsOf();
    const given = [xOf(7), xOf(8), xOf(9), ...initialState(step, rows)];
    const { history } = await unrolled.fit(given, ones([batch, 2]), { epochs: 5, verbose: 0 });
    const losses = (history.loss ?? []).map(Number);
    expect(losses.at(-1)).toBeLessThan(0.9 * (losses[0] ?? 0));
    dispose([given, rows]);
    unrolled.dispose();
    step.dispose();
  });

  test('summary lists the layers of the original', () => {
    const lines: string[] = [];
    const model = build(small);
    model.summary(undefined, undefined, (line: string) => lines.push(line));
    const text = lines.join('\n');
    for (const name of [
      'initial_read',
      'controller_lstm',
      'write_head',
      'read_head',
      'ntm_combine',
      'ntm_output',
    ])
      expect(text).toContain(name);
    model.dispose();
  });

  test('the same seed gives the same weights, another seed others', () => {
    const weights = (seed: number) => {
      const model = build({ ...small, seed });
      const values = model.getWeights().map((each) => [...each.dataSync()]);
      model.dispose();
      return values;
    };
    expect(weights(1)).toEqual(weights(1));
    expect(weights(1)).not.toEqual(weights(2));
  });

  test('defaults are those of the original', () => {
    const model = build({ inputSize: 64 });
    expect(model.inputs.map(({ shape }) => shape)).toEqual([
      [null, 64],
      [null, 128, 32],
    ]);
    expect(model.outputs.map(({ shape }) => shape)).toEqual([[null, 64]]);
    expect(model.getLayer('controller_lstm').outputShape).toEqual([null, 256]);
    expect(model.getLayer('read_head').outputShape).toEqual([null, 1, 32]);
    expect(model.getLayer('ntm_output').getConfig()).toMatchObject({ activation: 'linear' });
    expect(model.countParams()).toBe((96 + 256 + 1) * 1024 + 257 * (38 + 102) + 289 * 64);
    model.dispose();
  });

  test('nothing is left behind of models, calls and states', () => {
    const before = memory().numTensors;
    const model = build({ ...small, outputs: 'output-and-state' });
    const [x, rows] = [xOf(), rowsOf()];
    expectNoLeak(() => {
      const state = initialState(model, rows);
      const outputs = outputsOf(model.predict([x, ...state]));
      dispose(state);
      return outputs;
    });
    dispose([x, rows]);
    model.dispose();
    expect(memory().numTensors).toBe(before);
  });
});
