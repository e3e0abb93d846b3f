import { useBackend } from '@tapehead/backend';
import { NTM } from '@tapehead/ntm';
import { registerFused as registerSequence } from '@tapehead/ntm/fused';
import { copy, type Random } from '@tapehead/tasks';
import {
  countDispatches,
  expectClose,
  gpuDevice,
  gradientTolerance,
  numbersOf,
  onGpu,
} from '@tapehead/testing';
import {
  adam,
  captureState,
  createRun,
  gravesRmsProp,
  meanCost,
  type Run,
  resumeRun,
  trainStep,
  weightAverage,
} from '@tapehead/training';
import { registerFused as registerOptimizer } from '@tapehead/training/fused';
import { memory, mul, setBackend, tidy } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createWorkload } from './speed/workload.js';

const tiny = { memorySize: 8, memoryDim: 4, controllerSize: 10, readHeads: 1, writeHeads: 1, seed: 1 };

function tinyRun(batchSize: number): Run {
  const task = copy({ width: 2, maxLength: 2 });
  const { inputSize, outputSize } = task;
  const model = NTM.build({ ...tiny, inputSize, outputSize, engine: 'fused' });
  return createRun({ model, task, batchSize, optimizer: gravesRmsProp(), clip: { value: 10 }, seed: 1 });
}

/** A run that uses what a run can use. */
function otherRun(targets: 'numbers' | 'classes'): Run {
  const task = {
    ...copy({ width: 2, minLength: 2, maxLength: 2 }),
    name: 'other',
    targets,
    episode(random: Random) {
      const episode = copy({ width: 2, minLength: 2, maxLength: 2 }).episode(random);
      const target = episode.target.map((bit, i) => (targets === 'numbers' ? 2 * bit - 0.5 : 1 - (i % 2)));
      return { ...episode, target };
    },
  };
  const { inputSize, outputSize } = task;
  const outputActivation = targets === 'numbers' ? 'tanh' : 'softmax';
  const model = NTM.build({ ...tiny, inputSize, outputSize, outputActivation, engine: 'fused' });
  return createRun({
    ...{ model, task, batchSize: 4, seed: 1 },
    optimizer: adam({ learningRate: 1e-2 }),
    accumulate: 2,
    schedule: { kind: 'cosine', updates: 3, to: 0.1, warmUp: 2 },
    average: weightAverage({ decay: 0.9 }),
    carry: 'state',
  });
}

async function trainOn(backend: string, run: Run, steps: number): Promise<void> {
  await setBackend(backend);
  for (let i = 0; i < steps; i++) await trainStep(run);
}

const parametersOf = ({ model }: Run) => numbersOf(Object.values(model.parameters));

await onGpu('training', () => {
  beforeAll(async () => {
    await Promise.all([registerSequence(), registerOptimizer()]);
  });
  beforeEach(async () => {
    await setBackend('webgpu');
  });

  test('says by its name where software plays the GPU', async () => {
    const { reason } = await useBackend('webgpu');
    const { description = '' } = (await navigator.gpu.requestAdapter())?.info ?? {};
    const software = /swiftshader|llvmpipe/i.test(description);
    expect(reason).toContain(software ? `${description}, software that plays a GPU` : 'a GPU, worth it');
  });

  describe.each([
    [1, 1],
    [3, 2],
  ])("an iteration of the paper's network, batch %i, %i vectors,", (batch, length) => {
    test('is six dispatches', async () => {
      const { passes, dispose } = createWorkload({ controller: 'lstm', engine: 'fused', batch, length });
      await passes.train();
      expect(await countDispatches(() => passes.train())).toBe(6);
      dispose();
    });
  });

  test('comes to the parameters of the same run on wasm, also where it resumes there from a checkpoint', async () => {
    const whole = tinyRun(3);
    await trainOn('webgpu', whole, 4);
    const state = await captureState(whole);
    const elsewhere = tinyRun(3);
    await trainOn('wasm', elsewhere, 4);
    const between = await parametersOf(elsewhere);
    const model = NTM.build({
      ...(whole.model.config as NTM['config']),
      controller: 'lstm',
      engine: 'fused',
    });
    const resumed = await resumeRun({ model, state });
    for (const [i, each] of (await parametersOf(whole)).entries()) {
      expectClose(each, between[i] ?? [], gradientTolerance, `parameter ${i}`);
    }
    await trainOn('wasm', resumed, 3);
    await trainOn('wasm', elsewhere, 3);
    const [own, wanted] = await Promise.all([resumed, elsewhere].map(parametersOf));
    for (const [i, each] of own?.entries() ?? [])
      expectClose(each, wanted?.[i] ?? [], gradientTolerance, `${i}`);
    expect(resumed.step).toBe(7);
  });

  test.each(['numbers', 'classes'] as const)(
    'of %s, in passes, with a schedule, an average and a carried state, is that on wasm, and resumes bit for bit',
    async (targets) => {
      const [straight, stopped, elsewhere] = [otherRun(targets), otherRun(targets), otherRun(targets)];
      await trainOn('webgpu', straight, 4);
      await trainOn('webgpu', stopped, 2);
      const state = await captureState(stopped);
      const { model } = otherRun(targets);
      const resumed = await resumeRun({ model, state, task: straight.task });
      await trainOn('webgpu', resumed, 2);
      expect(await captureState(resumed)).toEqual(await captureState(straight));
      await trainOn('wasm', elsewhere, 4);
      const [own, wanted] = await Promise.all([straight, elsewhere].map(parametersOf));
      for (const [i, each] of own?.entries() ?? [])
        expectClose(each, wanted?.[i] ?? [], gradientTolerance, `${i}`);
      expectClose(meanCost(straight), meanCost(elsewhere), gradientTolerance);
    },
  );

  test('leaves no tensor behind', async () => {
    const run = tinyRun(2);
    await trainOn('webgpu', run, 2);
    const { numTensors } = memory();
    await trainOn('webgpu', run, 3);
    expect(memory().numTensors).toBe(numTensors);
  });

  test('changes nothing where the cost is not finite, and says so', async () => {
    const run = tinyRun(2);
    await trainOn('webgpu', run, 1);
    const [bias] = [run.model.parameters.outputBias];
    tidy(() => bias?.assign(mul(bias, Number.NaN)));
    const before = await parametersOf(run);
    await expect(trainStep(run)).rejects.toMatchObject({
      code: 'non-finite',
      message: expect.stringContaining("parameter 'outputBias' already holds NaN"),
    });
    expect(await parametersOf(run)).toEqual(before);
    expect(run.optimizer.iterations).toBe(1);
  });

  test('a device without memory left is an error that says what to do, and the run stays as it was counted', async () => {
    const run = tinyRun(2);
    await trainOn('webgpu', run, 1);
    const told = vi
      .spyOn(gpuDevice(), 'popErrorScope')
      .mockResolvedValueOnce(new GPUOutOfMemoryError('no room for a buffer'));
    await expect(trainStep(run)).rejects.toMatchObject({
      code: 'backend',
      message: expect.stringMatching(
        /^the GPU has no memory left \(no room for a buffer\): take a smaller batch or shorter sequences/,
      ),
    });
    told.mockRestore();
    expect([run.step, run.sequences, run.optimizer.iterations]).toEqual([1, 2, 1]);
  });

  // Last, because nothing runs afterwards.
  test('a lost device is an error that says so, and the run stays as it was counted', async () => {
    const run = tinyRun(2);
    await trainOn('webgpu', run, 1);
    gpuDevice().destroy();
    await expect(trainStep(run)).rejects.toMatchObject({
      code: 'backend',
      message: expect.stringMatching(/^the GPU was lost .*go on from the last checkpoint/),
    });
    expect([run.step, run.sequences]).toEqual([1, 2]);
  });
});
