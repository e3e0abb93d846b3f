import { isTapeheadError } from '@tapehead/core';
import { copy } from '@tapehead/tasks';
import { onEachBackend } from '@tapehead/testing';
import { memory, train as tfTrain } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { adam } from './adam.js';
import { captureState } from './capture.js';
import { decodeCheckpoint, encodeCheckpoint } from './checkpoint.js';
import { gravesRmsProp } from './gravesRmsProp.js';
import { restoreParameters, restoreState, resumeRun } from './restore.js';
import { createRun, type Run } from './run.js';
import { numbersOf, tinyModel } from './testing/tinyModel.js';
import { echo } from './testing/tinyTasks.js';
import { train } from './train.js';

async function finish(run: Run, sequences: number): Promise<void> {
  for await (const _ of train(run, { sequences }));
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
    const wide = tinyModel({ inputSize: 9, outputSize: 8 });
    const other = createRun({ ...start(), model: wide });
    const before = await captureState(other);
    const refused = await restoreState(other, state).catch((error: unknown) => error);
    expect(isTapeheadError(refused) && refused.code).toBe('checkpoint');
    expect(String(refused)).toContain("parameter 'kernel' has shape [4, 3], the net's has [9, 8]");
    expect(await captureState(other)).toEqual(before);
    const { kernel: _, ...rest } = state.parameters;
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
});
