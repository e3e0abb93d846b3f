import { isTapeheadError } from '@tapehead/core';
import { NTM } from '@tapehead/ntm';
import { copy } from '@tapehead/tasks';
import { onEachBackend } from '@tapehead/testing';
import { memory, train as tfTrain } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { adam } from './adam.js';
import { captureState } from './capture.js';
import { decodeCheckpoint, encodeCheckpoint } from './checkpoint.js';
import { gravesRmsProp } from './gravesRmsProp.js';
import { restoreParameters, restoreState, resumeRun } from './restore.js';
import { createRun, type Run } from './run.js';
import type { TrainingState } from './state.js';
import type { StoredTensor } from './tensorData.js';
import { numbersOf, tinyModel } from './testing/tinyModel.js';
import { echo } from './testing/tinyTasks.js';
import { train } from './train.js';

async function finish(run: Run, sequences: number): Promise<void> {
  for await (const _ of train(run, { sequences }));
}

/** What a call that has to fail failed with. */
async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => 'nothing',
    (thrown: unknown) => thrown,
  );
  return isTapeheadError(error) && error.code === 'checkpoint' ? error.message : expect.fail(String(error));
}

type Weights = TrainingState['optimizer']['weights'];

function withWeights(state: TrainingState, change: (weights: Weights) => Weights): TrainingState {
  return { ...state, optimizer: { ...state.optimizer, weights: change(state.optimizer.weights) } };
}

function withConfig(state: TrainingState, config: object): TrainingState {
  return { ...state, optimizer: { ...state.optimizer, config } };
}

const optimizers = {
  gravesRmsProp: () => gravesRmsProp({ learningRate: 3e-3 }),
  adam: () => adam({ learningRate: 3e-3 }),
};

const task = copy({ width: 3, maxLength: 4 });
const start = (optimizer = optimizers.gravesRmsProp()) =>
  createRun({ model: tinyModel(task), task, optimizer, batchSize: 2, clip: { norm: 0.05 }, seed: 11 });

onEachBackend('a resumed run', () => {
  for (const [name, optimizer] of Object.entries(optimizers)) {
    // Past 1,000 sequences the window of costs has wrapped; at step 0 there is no optimizer state yet.
    test.each([0, 1, 37, 520])(
      `with ${name}, stopped at step %i, equals one that never stopped`,
      async (stop) => {
        const straight = createRun({ ...start(), optimizer: optimizer(), seed: 11 });
        const stopped = createRun({ ...start(), optimizer: optimizer(), seed: 11 });
        await finish(straight, 2 * (stop + 40));
        await finish(stopped, 2 * stop);
        const state = decodeCheckpoint(encodeCheckpoint(await captureState(stopped)));
        const resumed = await resumeRun({ model: tinyModel(task, 99), state });
        await finish(resumed, 2 * (stop + 40));
        expect(await captureState(resumed)).toEqual(await captureState(straight));
        expect(numbersOf(resumed.model)).toEqual(numbersOf(straight.model));
      },
    );
  }

  test('capturing changes nothing, and neither capturing nor restoring leaves a tensor behind', async () => {
    for (const optimizer of Object.values(optimizers)) {
      const [watched, alone] = [
        createRun({ ...start(), optimizer: optimizer() }),
        createRun({ ...start(), optimizer: optimizer() }),
      ];
      await finish(watched, 10);
      const before = memory().numTensors;
      const state = await captureState(watched);
      expect(memory().numTensors).toBe(before);
      await restoreState(watched, state);
      await restoreState(watched, state);
      expect(memory().numTensors).toBe(before);
      await finish(watched, 30);
      await finish(alone, 30);
      expect(await captureState(watched)).toEqual(await captureState(alone));
    }
  });

  test('a task of its own is given again', async () => {
    const run = createRun({ model: tinyModel(echo), task: echo, optimizer: adam() });
    await finish(run, 3);
    const state = await captureState(run);
    const tensors = memory().numTensors;
    await expect(resumeRun({ model: tinyModel(echo), state })).rejects.toThrow(
      "task: expected one of 'copy'",
    );
    const resumed = await resumeRun({ model: run.model, state, task: echo });
    expect(resumed.step).toBe(3);
    resumed.optimizer.dispose();
    // The refused net of the test itself.
    expect(memory().numTensors).toBe(tensors + 3);
  });

  test('another optimizer is refused, and one that is not known here is asked for', async () => {
    const run = createRun({ ...start(), optimizer: tfTrain.momentum(0.1, 0.9) });
    await finish(run, 3);
    const state = await captureState(run);
    await expect(resumeRun({ model: run.model, state })).rejects.toThrow(
      'optimizer: expected one of the class Momentum, which the checkpoint was trained with, got none',
    );
    await expect(restoreState(start(), state)).rejects.toThrow(
      'it was trained with the optimizer Momentum, the run has GravesRMSProp',
    );
    const resumed = await resumeRun({ model: run.model, state, optimizer: tfTrain.momentum(0.1, 0.9) });
    expect(resumed.sequences).toBe(4);
  });

  test('a net of another shape is refused with the tensor and both shapes, and nothing is changed', async () => {
    const run = start();
    await finish(run, 3);
    const state = await captureState(run);
    const { config: _, ...wide } = tinyModel({ inputSize: 9, outputSize: 8 });
    const other = createRun({ ...start(), model: wide });
    const before = await captureState(other);
    const refused = await restoreState(other, state).catch((error: unknown) => error);
    expect(isTapeheadError(refused) && refused.code).toBe('checkpoint');
    expect(String(refused)).toContain("parameter 'kernel' has shape [4, 3], the net's has [9, 8]");
    expect(await captureState(other)).toEqual(before);
    const { kernel: __, ...rest } = state.parameters;
    expect(() => restoreParameters(run.model, rest)).toThrow("it lacks parameter 'kernel' [4, 3] of the net");
    const more = { ...state.parameters, extra: { shape: [2], values: new Float32Array(2) } };
    expect(() => restoreParameters(run.model, more)).toThrow("its parameter 'extra' [2] is not in the net");
  });

  test('a capture that a step overtakes is refused', async () => {
    const run = start();
    const capture = captureState(run);
    const steps = finish(run, 20);
    await expect(capture).rejects.toThrow('await captureState before the next step');
    await steps;
  });

  test('parameters alone are enough to evaluate', async () => {
    const run = start();
    await finish(run, 20);
    const { parameters } = await captureState(run);
    const model = tinyModel(task, 5);
    restoreParameters(model, parameters);
    expect(numbersOf(model)).toEqual(numbersOf(run.model));
  });

  for (const [name, optimizer] of Object.entries(optimizers)) {
    describe(`with ${name}`, () => {
      const square = name === 'adam' ? 'kernel/v' : 'kernel/n';
      const trained = async () => {
        const run = createRun({ ...start(), optimizer: optimizer(), seed: 11 });
        await finish(run, 10);
        return { run, state: await captureState(run) };
      };

      test('optimizer state goes by name: its order in the file does not matter', async () => {
        const { run, state } = await trained();
        const reversed = withWeights(state, (weights) => [...weights].reverse());
        const resumed = await resumeRun({ model: tinyModel(task, 99), state: reversed });
        expect(await captureState(resumed)).toEqual(state);
        await finish(run, 20);
        await finish(resumed, 20);
        expect(await captureState(resumed)).toEqual(await captureState(run));
      });

      test.each<[message: string, change: (weights: Weights) => Weights]>([
        ["it lacks optimizer state 'iter'", () => []],
        ["it lacks optimizer state 'iter'", (weights) => weights.slice(1)],
        [
          "it lacks optimizer state 'bias/",
          (weights) => weights.filter((each) => !each.name.startsWith('bias')),
        ],
        [`it lacks optimizer state '${square}'`, (weights) => weights.filter((each) => each.name !== square)],
        [
          "'kern/x' belongs to no parameter",
          (weights) => [...weights, { ...firstOf(weights), name: 'kern/x' }],
        ],
        [
          "'constructor/n' belongs to no",
          (weights) => [...weights, { ...firstOf(weights), name: 'constructor/n' }],
        ],
        [
          "'kernel' belongs to no parameter",
          (weights) => [...weights, { ...firstOf(weights), name: 'kernel' }],
        ],
        ["'kernel/x' is none of", (weights) => [...weights, { ...firstOf(weights), name: 'kernel/x' }]],
        [`'${square}' has shape [3, 4], the net's`, changedWeight(square, { shape: [3, 4] })],
        [
          `'${square}': expected floating-point numbers`,
          changedWeight(square, { values: new Int32Array(12) }),
        ],
        [`'${square}': expected finite numbers of at least 0`, changedWeight(square, { values: filled(-1) })],
        [
          `'${square}': expected finite numbers, got NaN`,
          changedWeight(square, { values: filled(Number.NaN) }),
        ],
        [`'${square}', in float32: expected finite`, changedWeight(square, { values: filled64(1e300) })],
        ["'iter': expected a count, got -1", changedWeight('iter', { values: Int32Array.of(-1) })],
        ["'iter': 1 updates are fewer", changedWeight('iter', { values: Int32Array.of(1) })],
        ["'iter': expected one int32", changedWeight('iter', { shape: [0], values: new Int32Array(0) })],
        ["'iter': expected one int32", changedWeight('iter', { values: Float32Array.of(5) })],
      ])('%s', async (message, change) => {
        const { run, state } = await trained();
        const broken = withWeights(state, change);
        const tensors = memory().numTensors;
        expect(await refusal(restoreState(run, broken))).toContain(message);
        expect(memory().numTensors).toBe(tensors);
        expect(await captureState(run)).toEqual(state);
        expect(await refusal(resumeRun({ model: run.model, state: broken }))).toContain(message);
        expect(memory().numTensors).toBe(tensors);
      });

      test('a run without optimizer state begins with none', async () => {
        const { state } = await trained();
        const resumed = await resumeRun({
          model: tinyModel(task, 99),
          state: withWeights(state, (weights) => weights.slice(0, 1)),
        });
        await finish(resumed, 12);
        expect(resumed.optimizer.iterations).toBe(6);
      });

      test('float64 is rounded to the float32 of the net', async () => {
        const { state } = await trained();
        const double = ({ shape, values }: StoredTensor) => ({ shape, values: Float64Array.from(values) });
        const wide: TrainingState = {
          ...withWeights(state, (weights) =>
            weights.map((each) => (each.name === 'iter' ? each : { name: each.name, ...double(each) })),
          ),
          parameters: Object.fromEntries(
            Object.entries(state.parameters).map(([key, stored]) => [key, double(stored)]),
          ),
        };
        const resumed = await resumeRun({
          model: tinyModel(task, 99),
          state: decodeCheckpoint(encodeCheckpoint(wide)),
        });
        expect(await captureState(resumed)).toEqual(state);
      });

      test('a setting that is missing, unknown, no number or out of its range is refused by name', async () => {
        const { run, state } = await trained();
        const { config } = state.optimizer;
        const resume = (changed: object) =>
          refusal(resumeRun({ model: run.model, state: withConfig(state, changed) }));
        expect(await resume({})).toContain('optimizer.config.learningRate: expected a number, got undefined');
        expect(await resume({ ...config, learningRate: '0.1' })).toContain("expected a number, got '0.1'");
        expect(await resume({ ...config, learningRate: -1 })).toContain(
          'optimizer.config.learningRate: expected a',
        );
        expect(await resume({ ...config, epsilon: null })).toContain(
          'optimizer.config.epsilon: expected a number',
        );
        expect(await resume({ ...config, learningrate: 1 })).toContain(
          "optimizer.config: 'learningrate' is not known",
        );
      });
    });
  }

  test.each([
    ["'kind' 'tiny', this net has 'other'", { kind: 'other' }],
    ["'inputSize' 4, this net has 5", { inputSize: 5 }],
    ["'extra' (none), this net has true", { extra: true }],
  ])('a net of other options is refused: %s', async (message, change) => {
    const run = start();
    const state = await captureState(run);
    const model = tinyModel(task);
    const other = { ...model, config: { ...model.config, ...change } };
    const before = numbersOf(model);
    expect(await refusal(resumeRun({ model: other, state }))).toContain(message);
    expect(numbersOf(model)).toEqual(before);
  });

  test('options of fresh nets that an older file lacks, another seed and another order pass', async () => {
    const run = start();
    const state = await captureState(run);
    const { config, ...model } = tinyModel(task);
    const entries = Object.entries({ ...config, seed: 5, initialShift: 'even' }).reverse();
    await resumeRun({ model: { ...model, config: Object.fromEntries(entries) }, state });
  });

  test('of a public net goes on with its options, and not into a net without them', async () => {
    const options = { inputSize: 4, outputSize: 3, memorySize: 6, memoryDim: 3, controllerSize: 4, seed: 1 };
    const zoo = {
      order: 'in-turn',
      initialWeighting: 'zero',
      keyActivation: 'linear',
      clipHeads: 20,
    } as const;
    const model = NTM.build({ ...options, ...zoo, sharpenEpsilon: 1e-16 });
    const run = createRun({ ...start(), model });
    await finish(run, 4);
    const state = decodeCheckpoint(encodeCheckpoint(await captureState(run)));
    const again = NTM.build({ ...options, ...zoo, sharpenEpsilon: 1e-16, seed: 2 });
    expect(await captureState(await resumeRun({ model: again, state }))).toEqual({
      ...state,
      model: again.config,
    });
    const other = NTM.build({ ...options, ...zoo });
    expect(await refusal(resumeRun({ model: other, state }))).toContain(
      "a net of 'sharpenEpsilon' 1e-16, this net has (none)",
    );
    const scattered = NTM.build({ ...options, ...zoo, initialWeighting: 'scattered', sharpenEpsilon: 1e-16 });
    expect(await refusal(resumeRun({ model: scattered, state }))).toContain("'initialWeighting' 'zero'");
    for (const net of [model, again, other, scattered]) net.dispose();
  });

  test('a task of other settings than the state says is refused', async () => {
    const run = start();
    const state = await captureState(run);
    const { width: _, ...settings } = { width: 0, ...state.task.settings };
    const changed = { ...state, task: { name: 'copy', settings } };
    expect(await refusal(resumeRun({ model: run.model, state: changed }))).toContain(
      "a task of 'width' (none)",
    );
  });

  test.each([
    ["parameter 'kernel' holds int32, the net's holds float32", new Int32Array(12)],
    ["parameter 'kernel': expected finite numbers, got NaN at 0", filled(Number.NaN)],
    ["parameter 'kernel', in float32: expected finite numbers, got -Infinity", filled64(-1e39)],
    ["parameter 'kernel' of shape [4, 3] needs 12 values, it has 11", new Float32Array(11)],
  ])('%s', async (message, values) => {
    const run = start();
    const state = await captureState(run);
    const tensors = memory().numTensors;
    const parameters = { ...state.parameters, kernel: { shape: [4, 3], values } };
    expect(() => restoreParameters(run.model, parameters)).toThrow(message);
    expect(await refusal(restoreState(run, { ...state, parameters }))).toContain(message);
    expect(await captureState(run)).toEqual(state);
    expect(memory().numTensors).toBe(tensors);
  });

  test('an optimizer that refuses its state halfway gets back what it had', async () => {
    const optimizer = tfTrain.momentum(0.1, 0.9);
    const run = createRun({ ...start(), optimizer });
    await finish(run, 6);
    const state = await captureState(run);
    await finish(run, 10);
    const before = await captureState(run);
    const setWeights = optimizer.setWeights.bind(optimizer);
    let calls = 0;
    optimizer.setWeights = async (weights) => {
      calls += 1;
      await setWeights(weights);
      if (calls === 1) throw new Error('no');
    };
    expect(await refusal(restoreState(run, state))).toContain(
      'the optimizer Momentum does not take its state: no',
    );
    expect(calls).toBe(2);
    expect(await captureState(run)).toEqual(before);
  });

  test("the state of tfjs's own optimizers goes by name too, and has to be whole", async () => {
    for (const make of [() => tfTrain.momentum(0.1, 0.9), () => tfTrain.rmsprop(0.01, 0.9, 0.5)]) {
      const run = createRun({ ...start(), optimizer: make() });
      await finish(run, 6);
      const state = await captureState(run);
      const swapped = withWeights(state, ([count, first, second, ...rest]) =>
        [count, second, first, ...rest].filter((each) => each !== undefined),
      );
      const resumed = await resumeRun({ model: tinyModel(task, 9), state: swapped, optimizer: make() });
      expect(await captureState(resumed)).toEqual(state);
      const resume = (change: (weights: Weights) => Weights) =>
        refusal(resumeRun({ model: run.model, state: withWeights(state, change), optimizer: make() }));
      expect(await resume((weights) => weights.slice(0, -1))).toContain("it lacks optimizer state '");
      expect(await resume((weights) => weights.slice(1))).toContain("it lacks optimizer state 'iter'");
      expect(
        await resume((weights) =>
          weights.map((each) => ({ ...each, name: each.name.replace('bias', 'bios') })),
        ),
      ).toMatch(/'bios\/.*' belongs to no parameter/);
    }
  });

  test('what is no net, no run and no state is refused', async () => {
    const run = start();
    const state = await captureState(run);
    const call = (options: unknown) => Reflect.apply(resumeRun, undefined, [options]);
    await expect(call({ state })).rejects.toThrow('model: expected a net with parameters, got undefined');
    await expect(call(undefined)).rejects.toThrow('model: expected a net with parameters, got undefined');
    await expect(call({ model: run.model })).rejects.toThrow('checkpoint: expected a state, got undefined');
    await expect(Reflect.apply(restoreState, undefined, [5, state])).rejects.toThrow(
      'restoreState: expected a run of createRun',
    );
  });
});

const filled = (value: number) => new Float32Array(12).fill(value);
const filled64 = (value: number) => new Float64Array(12).fill(value);

function firstOf(weights: Weights): Weights[number] {
  return weights.find(({ name }) => name.startsWith('kernel/')) ?? expect.fail('no state of the kernel');
}

function changedWeight(name: string, change: Partial<StoredTensor>): (weights: Weights) => Weights {
  return (weights) => weights.map((each) => (each.name === name ? { ...each, ...change } : each));
}
