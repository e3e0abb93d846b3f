import { isTapeheadError } from '@tapehead/core';
import { onEachBackend } from '@tapehead/testing';
import {
  memory,
  mul,
  type Optimizer,
  relu,
  scalar,
  sqrt,
  sum,
  type Tensor3D,
  tensor1d,
} from '@tensorflow/tfjs-core';
import { expect, test, vi } from 'vitest';
import { adam } from './adam.js';
import { captureState } from './capture.js';
import { sigmoidCrossEntropy } from './costs/sigmoidCrossEntropy.js';
import { gravesRmsProp } from './gravesRmsProp.js';
import { createRun, isSolved, meanCost, type Run, type RunOptions } from './run.js';
import { numbersOf, tinyModel } from './testing/tinyModel.js';
import { echo, silence } from './testing/tinyTasks.js';
import { type Progress, type TrainOptions, train } from './train.js';

const task = echo;

function tinyRun(options: Partial<RunOptions> = {}): Run {
  return createRun({
    model: tinyModel(task),
    task,
    optimizer: gravesRmsProp({ learningRate: 1e-2 }),
    ...options,
  });
}

/** Trains to the end; the events and why it stopped. */
async function finish(run: Run, options: TrainOptions) {
  const events: Progress[] = [];
  const steps = train(run, options);
  for (;;) {
    const next = await steps.next();
    if (next.done) return { events, stop: next.value };
    events.push(next.value);
  }
}

const failure = async (work: Promise<unknown>) =>
  work.then(
    () => expect.fail('expected an error'),
    (error: unknown) =>
      isTapeheadError(error) ? error : expect.fail(`expected a TapeheadError, got ${error}`),
  );

const optimizers: Record<string, () => Optimizer> = { gravesRmsProp, adam };

onEachBackend('training', () => {
  test.each(Object.keys(optimizers))('1,000 steps with %s leave memory as it was', async (name) => {
    const run = tinyRun({ optimizer: optimizers[name]?.() ?? gravesRmsProp(), clip: { norm: 0.05 } });
    await finish(run, { sequences: 10 });
    const before = memory();
    await finish(run, { sequences: 1010 });
    expect(run.step).toBe(1010);
    expect(memory().numTensors).toBe(before.numTensors);
    expect(memory().numBytes).toBe(before.numBytes);
  });

  test('the same seed gives the same run, bit for bit, and another seed another', async () => {
    const runs = [tinyRun({ seed: 5 }), tinyRun({ seed: 5 }), tinyRun({ seed: 6 })];
    const bits = await Promise.all(
      runs.map(async (run) => (await finish(run, { sequences: 50 })).events.map((event) => event.cost)),
    );
    expect(bits[1]).toEqual(bits[0]);
    expect(bits[2]).not.toEqual(bits[0]);
    const [first, second] = await Promise.all(runs.map(captureState));
    expect(second).toEqual(first);
  });

  test('what can be learned is learned, with every optimizer and clip', async () => {
    const clips = [{ norm: 1 }, { value: 0.1 }, 'none'] as const;
    for (const clip of clips) {
      for (const optimizer of [adam({ learningRate: 0.1 }), gravesRmsProp({ learningRate: 0.01 })]) {
        const run = tinyRun({ optimizer, clip });
        await finish(run, { sequences: 300 });
        expect(Math.max(...run.costs.subarray(280, 300))).toBeLessThan(1);
      }
    }
  });

  test('leaving the loop and coming back is the same as staying', async () => {
    const [stayed, left] = [tinyRun(), tinyRun()];
    await finish(stayed, { sequences: 30 });
    for await (const { step } of train(left, { sequences: 30 })) if (step === 11) break;
    await finish(left, { sequences: 30 });
    expect(numbersOf(left.model)).toEqual(numbersOf(stayed.model));
  });

  test('an abort ends it after the current step, and the run goes on as if it had not', async () => {
    const [straight, aborted] = [tinyRun(), tinyRun()];
    await finish(straight, { sequences: 20 });
    const controller = new AbortController();
    const steps = train(aborted, { signal: controller.signal });
    for (let i = 0; i < 7; i++) await steps.next();
    controller.abort();
    expect(await steps.next()).toEqual({ done: true, value: 'aborted' });
    expect((await captureState(aborted)).step).toBe(7);
    expect(await finish(aborted, { sequences: 20 })).toMatchObject({ stop: 'sequences' });
    expect(numbersOf(aborted.model)).toEqual(numbersOf(straight.model));
  });

  test('only what is trainable is trained', async () => {
    const run = tinyRun();
    const before = numbersOf(run.model);
    await finish(run, { sequences: 5 });
    const after = numbersOf(run.model);
    expect(after.fixed).toEqual(before.fixed);
    expect(after.kernel).not.toEqual(before.kernel);
    expect(after.bias).not.toEqual(before.bias);
  });

  test('a cost that is not finite stops it before anything changes, and says where', async () => {
    const model = tinyModel(task);
    const run = tinyRun({ model });
    await finish(run, { sequences: 4 });
    const before = await captureState(run);
    const tensors = memory().numTensors;
    model.gain = Number.NaN;
    const error = await failure(finish(run, { sequences: 10 }));
    expect(error.code).toBe('non-finite');
    expect(error.message).toBe(
      "train: the cost is NaN at sequence 5; the gradient of 'kernel' holds NaN. Nothing was changed by this step. " +
        'Try a lower learning rate, a tighter clip such as { norm: 10 }, or go on from an earlier checkpoint',
    );
    expect(memory().numTensors).toBe(tensors);
    expect(await captureState(run)).toEqual(before);
    model.gain = 1;
    const straight = tinyRun();
    await finish(straight, { sequences: 10 });
    await finish(run, { sequences: 10 });
    expect(numbersOf(run.model)).toEqual(numbersOf(straight.model));
  });

  test('a gradient that is not finite under a finite cost stops it too', async () => {
    const model = tinyModel(silence);
    const { sequence } = model;
    // √ at 0 is 0 and its slope is infinite.
    const kinked = {
      ...model,
      sequence: (...[input]: Parameters<typeof sequence>) => ({
        logits: sqrt<Tensor3D>(relu(sequence(input).logits)),
      }),
    };
    const run = tinyRun({ model: kinked, task: silence, batchSize: 3 });
    const before = numbersOf(model);
    const error = await failure(finish(run, { sequences: 10 }));
    expect(error.message).toMatch(
      /the gradient norm is (NaN|Infinity) at sequences 1 to 3; the gradient of '\w+' holds/,
    );
    expect(numbersOf(model)).toEqual(before);
  });

  test('parameters that are broken already are named', async () => {
    const model = tinyModel(task);
    model.parameters.bias.assign(mul(model.parameters.bias, scalar(Number.NaN)));
    const error = await failure(finish(tinyRun({ model }), { sequences: 10 }));
    expect(error.message).toContain("parameter 'bias' already holds NaN");
  });

  test('a batch is so many sequences, and its cost the mean', async () => {
    const run = tinyRun({ batchSize: 4 });
    const { events } = await finish(run, { sequences: 10 });
    expect(events.map(({ sequences }) => sequences)).toEqual([4, 8, 12]);
    const bits = events.map((event) => event.cost);
    expect(Array.from(run.costs.subarray(0, 12))).toEqual(bits.flatMap((each) => [each, each, each, each]));
    expect(events.at(-1)?.meanCost).toBeCloseTo(
      (bits[0] ?? 0) / 3 + (bits[1] ?? 0) / 3 + (bits[2] ?? 0) / 3,
      10,
    );
  });

  test('objectives differ by the number of scored bits and not in what is reported', async () => {
    const norms = async (objective: 'mean' | 'sum') => {
      const [event] = (await finish(tinyRun({ objective, batchSize: 2 }), { sequences: 1 })).events;
      return event ?? expect.fail('no event');
    };
    const [mean, total] = [await norms('mean'), await norms('sum')];
    expect(total.cost).toBeCloseTo(mean.cost, 4);
    const perSequence = total.gradientNorm / mean.gradientNorm;
    // Two episodes of 1 to 4 vectors of 3 bits: half of their scored bits.
    expect(perSequence * 2).toBeCloseTo(Math.round(perSequence * 2), 3);
    expect(Math.round(perSequence * 2) % 3).toBe(0);
  });

  test('a parameter that the cost does not depend on stays, and others train', async () => {
    const model = tinyModel(task);
    const run = tinyRun({ model: { ...model, trainable: model.parameters }, optimizer: adam() });
    await finish(run, { sequences: 3 });
    expect(numbersOf(model).fixed).toEqual([0, 0]);
    expect(sum(model.parameters.bias).dataSync()[0]).not.toBe(0);
  });
});

onEachBackend('when to stop', () => {
  test('solved: after 1,000 sequences, with their mean under 0.05 bits', async () => {
    const model = tinyModel(silence);
    model.parameters.bias.assign(tensor1d([-30]));
    const run = tinyRun({ model, task: silence });
    expect((await finish(run, { until: 'solved' })).stop).toBe('solved');
    expect(run.sequences).toBe(1000);
    expect((await finish(run, { until: 'solved' })).events).toEqual([]);
  });

  test('the budget counts what a resumed run already had', async () => {
    const run = tinyRun();
    await finish(run, { sequences: 3 });
    expect((await finish(run, { sequences: 3 })).events).toEqual([]);
    expect((await finish(run, { sequences: 5, until: 'solved' })).stop).toBe('sequences');
  });

  test('the event loop gets its turn as often as it is due, and the clock is read a few times an update', async () => {
    let clock = 0;
    const model = tinyModel(task);
    const { sequence } = model;
    // An update takes a millisecond of this clock.
    const timed = {
      ...model,
      sequence: (...[input]: Parameters<typeof sequence>) => {
        clock++;
        return sequence(input);
      },
    };
    const now = vi.spyOn(performance, 'now').mockImplementation(() => clock);
    const turn = vi.spyOn(globalThis, 'setImmediate');
    try {
      await finish(tinyRun({ model: timed }), { sequences: 300, breatheEvery: 20 });
      expect(turn).toHaveBeenCalledTimes(15);
      expect(now.mock.calls.length / 300).toBeLessThan(4);
    } finally {
      now.mockRestore();
      turn.mockRestore();
    }
  });
});

test('the mean is over the last 1,000 sequences, or those there were', () => {
  const [cost, costs] = [sigmoidCrossEntropy, new Float64Array(1000).fill(1, 0, 4)];
  expect(meanCost({ costs, sequences: 2 })).toBe(1);
  expect(meanCost({ costs, sequences: 8 })).toBe(0.5);
  expect(meanCost({ costs, sequences: 123_456 })).toBe(0.004);
  expect(isSolved({ cost, costs, sequences: 999 })).toBe(false);
  expect(isSolved({ cost, costs, sequences: 1000 })).toBe(true);
  expect(isSolved({ cost, costs: costs.fill(0.051), sequences: 1000 })).toBe(false);
});

test('options that make no sense are refused by name', async () => {
  const optimizer = gravesRmsProp();
  const model = tinyModel(task);
  expect(() => createRun({ model, task, optimizer, batchSize: 0 })).toThrow(
    'batchSize: expected an integer from 1 to 65536, got 0',
  );
  expect(() => createRun({ model, task, optimizer, clip: { norm: -1 } })).toThrow(
    'clip.norm: expected a finite',
  );
  expect(() => createRun({ model, task, optimizer, clip: { value: 0 } })).toThrow(
    'clip.value: expected a finite',
  );
  expect(() => createRun({ model, task, optimizer, seed: 1.5 })).toThrow('seed: expected an integer');
  const run = createRun({ model, task, optimizer });
  await expect(train(run, { sequences: -1 }).next()).rejects.toThrow(
    'sequences: expected an integer of at least 0',
  );
  await expect(train(run, { breatheEvery: 0 }).next()).rejects.toThrow('breatheEvery');
});
