import { isTapeheadError } from '@tapehead/core';
import { createRandom, type Episode, type Random, type Task } from '@tapehead/tasks';
import { onEachBackend } from '@tapehead/testing';
import { memory, type Optimizer, ones, scalar, tensor1d, tidy, variable, zeros } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { adam } from './adam.js';
import { captureState } from './capture.js';
import { decodeCheckpoint, encodeCheckpoint } from './checkpoint.js';
import { gravesRmsProp } from './gravesRmsProp.js';
import { restoreState, resumeRun } from './restore.js';
import { createRun, isSolved, meanCost, type RunOptions } from './run.js';
import { trainStep } from './step.js';
import { onEachEngine } from './testing/engines.js';
import { numbersOf, tinyModel } from './testing/tinyModel.js';
import { echo, silence } from './testing/tinyTasks.js';
import { train } from './train.js';

const tinyRun = (options: Partial<RunOptions> = {}) =>
  createRun({
    model: tinyModel(echo),
    task: echo,
    optimizer: gravesRmsProp({ learningRate: 1e-2 }),
    ...options,
  });

/** Calls it with what TypeScript would refuse. */
const call = <T>(work: (...given: never[]) => T, ...given: unknown[]): T =>
  Reflect.apply(work, undefined, given);

/** A task whose episodes may be anything. */
const drawing = (name: string, episode: (random: Random) => unknown): Task =>
  Object.assign({ ...echo, name }, { episode });

const optimizers: Record<string, () => Optimizer> = {
  gravesRmsProp: () => gravesRmsProp(),
  adam: () => adam(),
};

onEachEngine('one run', () => {
  test('takes one step at a time: a second that begins meanwhile is refused, and the first is as if alone', async () => {
    const [run, alone] = [tinyRun(), tinyRun()];
    const both = await Promise.allSettled([trainStep(run), trainStep(run)]);
    await trainStep(alone);
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(both[1]).toMatchObject({
      reason: { message: 'trainStep: a step of this run is not done; await it before this' },
    });
    expect(run.random).toEqual(alone.random);
    expect(run.step).toBe(1);
    expect(numbersOf(run.model)).toEqual(numbersOf(alone.model));
    await trainStep(run);
    expect(run.step).toBe(2);
  });

  test('nor does a second run of the same model, nor a second loop', async () => {
    const run = tinyRun();
    const other = tinyRun({ model: run.model });
    const both = await Promise.allSettled([trainStep(run), trainStep(other)]);
    expect(both[1]).toMatchObject({
      reason: {
        message: 'trainStep: a step of another run with the same model is not done; await it before this',
      },
    });
    const loops = await Promise.allSettled([
      train(run, { sequences: 9 }).next(),
      train(run, { sequences: 9 }).next(),
    ]);
    expect(loops.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(run.step).toBe(2);
  });

  test('is not captured and not restored while a step is not done, and takes no step while it is restored', async () => {
    const run = tinyRun();
    const other = tinyRun({ model: run.model });
    const state = await captureState(run);
    const step = trainStep(run);
    const refused = [
      captureState(run),
      restoreState(run, state),
      captureState(other),
      restoreState(other, state),
    ];
    const reasons = (await Promise.allSettled(refused)).map((each) =>
      'reason' in each ? each.reason.message : '',
    );
    await step;
    expect(reasons).toEqual([
      'captureState: a step of this run is not done; await it before this',
      'restoreState: a step of this run is not done; await it before this',
      'captureState: a step of another run with the same model is not done; await it before this',
      'restoreState: a step of another run with the same model is not done; await it before this',
    ]);
    expect(run.step).toBe(1);
    const restoring = restoreState(run, state);
    await expect(trainStep(run)).rejects.toThrow('trainStep: a step of this run is not done');
    await restoring;
    expect(await captureState(run)).toEqual(state);
  });

  test('refuses what a differentiate of your own gives, unless it is a cost with gradients', async () => {
    for (const given of [1, null, {}, { value: 1, grads: {} }, { value: scalar(1), grads: { a: 1 } }]) {
      const run = tinyRun({ model: Object.assign(tinyModel(echo), { differentiate: () => given }) });
      await expect(trainStep(run)).rejects.toThrow('model.differentiate: expected { value, grads }');
    }
  });

  test('a step that fails lets the next one begin', async () => {
    const run = tinyRun({ task: drawing('echo', () => ({})) });
    await expect(trainStep(run)).rejects.toThrow("task 'echo', episode.steps");
    await expect(trainStep(run)).rejects.toThrow("task 'echo', episode.steps");
  });

  test.each(Object.keys(optimizers))(
    'with %s, what is frozen stays and does not count in the norm',
    async (name) => {
      const make = optimizers[name] ?? (() => gravesRmsProp());
      const [frozen, whole] = [
        tinyRun({ optimizer: make(), batchSize: 8 }),
        tinyRun({ optimizer: make(), batchSize: 8 }),
      ];
      for (const run of [frozen, whole]) for (let i = 0; i < 3; i++) await trainStep(run);
      const before = numbersOf(frozen.model);
      const { kernel, bias } = frozen.model.parameters;
      if (kernel === undefined || bias === undefined) throw new Error('a tiny model has both');
      kernel.trainable = false;
      const [less, more] = [await trainStep(frozen), await trainStep(whole)];
      expect(less.cost).toBe(more.cost);
      expect(less.gradientNorm).toBeLessThan(more.gradientNorm);
      expect(numbersOf(frozen.model).kernel).toEqual(before.kernel);
      expect(numbersOf(frozen.model).bias).not.toEqual(before.bias);
      kernel.trainable = true;
      await trainStep(frozen);
      expect(numbersOf(frozen.model).kernel).not.toEqual(before.kernel);
      for (const each of [kernel, bias]) each.trainable = false;
      await expect(trainStep(frozen)).rejects.toThrow('model: expected at least one parameter to train');
    },
  );

  test('a model that differentiates by itself leaves out what is frozen too', async () => {
    const model = tinyModel(echo);
    const { kernel, bias } = model.parameters;
    const differentiate = () => ({
      value: scalar(1),
      grads: { [kernel.name]: ones(kernel.shape), [bias.name]: ones(bias.shape) },
    });
    kernel.trainable = false;
    const run = tinyRun({ model: { ...model, differentiate } });
    const before = numbersOf(model);
    const { gradientNorm } = await trainStep(run);
    expect(gradientNorm).toBeCloseTo(Math.sqrt(bias.size), 5);
    expect(numbersOf(model).kernel).toEqual(before.kernel);
  });

  test.each(Object.keys(optimizers))(
    'with %s, a learning rate that was changed goes on after a resume',
    async (name) => {
      const run = tinyRun({ optimizer: optimizers[name]?.() ?? adam() });
      await trainStep(run);
      Object.assign(run.optimizer, { learningRate: 0.125 });
      await trainStep(run);
      const state = decodeCheckpoint(encodeCheckpoint(await captureState(run)));
      const resumed = await resumeRun({ model: tinyModel(echo, 5), state, task: echo });
      expect(resumed.optimizer.getConfig().learningRate).toBe(0.125);
      for (const each of [run, resumed]) await trainStep(each);
      expect(numbersOf(resumed.model)).toEqual(numbersOf(run.model));
    },
  );
});

describe('a learning rate and its schedule', () => {
  test('the rate that is set is the one that halfAfter divides', () => {
    const moves = (set: boolean) => {
      const each = tidy(() => variable(zeros([1])));
      const optimizer = gravesRmsProp({ learningRate: set ? 1 : 0.5, halfAfter: 1, momentum: 0 });
      if (set) optimizer.learningRate = 0.5;
      const gradient = tensor1d([1]);
      for (let i = 0; i < 3; i++) optimizer.applyGradients({ [each.name]: gradient });
      expect(optimizer.settings.learningRate).toBe(0.5);
      expect(optimizer.getConfig()).toMatchObject({ learningRate: 0.5, halfAfter: 1 });
      return each.dataSync()[0];
    };
    expect(moves(true)).toBe(moves(false));
  });
});

onEachBackend('what a run is made of', () => {
  test('is refused at once where it is missing or of another kind', () => {
    const model = tinyModel(echo);
    const optimizer = adam();
    const whole = { model, task: echo, optimizer };
    const { kernel, bias, fixed } = model.parameters;
    const gone = tidy(() => variable(zeros([2])));
    gone.dispose();
    const mistakes: [odd: object, message: string][] = [
      [
        { optimizer: undefined },
        'optimizer: expected one of tfjs, such as gravesRmsProp() or adam(), got undefined',
      ],
      [
        { optimizer: 'adam' },
        "optimizer: expected one of tfjs, such as gravesRmsProp() or adam(), got 'adam'",
      ],
      [
        { optimizer: adam },
        'optimizer: expected one of tfjs, such as gravesRmsProp() or adam(), got a function',
      ],
      [
        { model: undefined },
        'model: expected one with parameters and sequence, such as NTM.build(…), got undefined',
      ],
      [{ model: {} }, 'model.parameters: expected variables by name, got undefined'],
      [{ model: { parameters: {} } }, 'model.sequence: expected a function, got undefined'],
      [
        { model: { ...model, parameters: { kernel: 1 } } },
        "model.parameters['kernel']: expected a tf.Variable, got 1",
      ],
      [
        { model: { ...model, trainable: { gone } } },
        "model.trainable['gone']: expected one of model.parameters",
      ],
      [
        { model: { ...model, parameters: { gone }, trainable: { gone } } },
        "model.parameters['gone']: expected a variable that is in use",
      ],
      [
        { model: { ...model, trainable: { fixed } } },
        'model: expected at least one parameter to train, got none',
      ],
      [{ model: { ...model, differentiate: 3 } }, 'model.differentiate: expected a function, got 3'],
      [{ task: undefined }, 'task: expected one with episode(random), such as copy(), got undefined'],
      [{ task: 'copy' }, "task: expected one with episode(random), such as copy(), got 'copy'"],
      [{ task: { ...echo, name: 3 } }, 'task.name: expected a text, got 3'],
      [{ task: { ...echo, settings: undefined } }, 'task.settings: expected an object, got undefined'],
      [
        { task: { ...echo, inputSize: Number.NaN } },
        'task.inputSize: expected an integer of at least 1, got NaN',
      ],
      [{ batchSize: 1e9 }, 'batchSize: expected an integer from 1 to 65536, got 1000000000'],
      [{ batchsize: 2 }, "createRun: unknown option 'batchsize', did you mean 'batchSize'?"],
      [{ cost: () => 0 }, 'cost: expected one such as sigmoidCrossEntropy'],
      [{ step: 3 }, "createRun: unknown option 'step'"],
      [{ clip: { norm: 1, value: 1 } }, "clip: expected 'none', { norm } or { value }, got both"],
      [{ clip: {} }, "clip: expected 'none', { norm } or { value }, got neither"],
      [{ clip: { nrom: 1 } }, "clip: unknown option 'nrom', did you mean 'norm'?"],
      [{ clip: null }, "clip: expected 'none', { norm } or { value }, got null"],
      [{ clip: 'off' }, "clip: expected 'none', { norm } or { value }, got 'off'"],
      [{ clip: { norm: '1' } }, "clip.norm: expected a finite number above 0, got '1'"],
      [{ seed: Number.NaN }, 'seed: expected an integer from 0 to 4294967295, got NaN'],
      [{ objective: 'total' }, "objective: expected one of 'mean', 'sum', got 'total'"],
    ];
    for (const [odd, message] of mistakes) {
      expect(() => call(createRun, { ...whole, ...odd }), message).toThrow(message);
    }
    expect(() => call(createRun)).toThrow('createRun: expected an object of options, got undefined');
    expect([kernel, bias].every(({ isDisposed }) => !isDisposed)).toBe(true);
  });

  test('a parameter of integers is kept, and refused only where it would be trained', async () => {
    const model = tinyModel(echo);
    const count = tidy(() => variable(zeros([1], 'int32'), false));
    const parameters = { ...model.parameters, count };
    await trainStep(tinyRun({ model: { ...model, parameters } }));
    count.trainable = true;
    expect(() => tinyRun({ model: { ...model, parameters, trainable: parameters } })).toThrow(
      "model.parameters['count']: expected a variable of float32 to train, got int32",
    );
  });

  test('or by trainStep and train, where that is what is wrong', async () => {
    const run = tinyRun();
    await expect(call(trainStep)).rejects.toThrow('trainStep: expected a run of createRun, got undefined');
    await expect(call(trainStep, {})).rejects.toThrow(
      'trainStep: expected a run of createRun, got an object',
    );
    await expect(call(trainStep, run, { pol: 1 })).rejects.toThrow(
      "trainStep: unknown option 'pol', did you mean 'pool'?",
    );
    await expect(call(trainStep, run, { pool: 2 })).rejects.toThrow(
      'pool: expected one of createPool, got 2',
    );
    const first = (...given: unknown[]) => call(train, ...given).next();
    await expect(first(undefined)).rejects.toThrow('train: expected a run of createRun');
    await expect(first(run, null)).rejects.toThrow('train: expected an object of options, got null');
    await expect(first(run, { maxSequences: 3 })).rejects.toThrow("train: unknown option 'maxSequences'");
    await expect(first(run, { sequences: Number.NaN })).rejects.toThrow(
      'sequences: expected an integer of at least 0, got NaN',
    );
    for (const signal of [null, 3, {}, new AbortController()]) {
      await expect(first(run, { signal })).rejects.toThrow('signal: expected an AbortSignal');
    }
    expect(() => call(meanCost)).toThrow('meanCost: expected a run of createRun, got undefined');
    expect(() => call(isSolved, {})).toThrow('isSolved: expected a run of createRun, got an object');
    run.model.parameters.kernel?.dispose();
    await expect(trainStep(run)).rejects.toThrow(
      "model.parameters['kernel']: expected a variable that is in use",
    );
  });

  test('a model that answers something else is refused', async () => {
    const model = tinyModel(echo);
    const answering = (sequence: () => unknown) =>
      tinyRun({ model: Object.assign({ ...model }, { sequence }) });
    const odd = [undefined, { output: 1 }, { logits: null }].map((each) => answering(() => each));
    const narrow = answering(() => ({ logits: ones([1, 1]) }));
    const tensors = memory().numTensors;
    for (const run of odd) {
      await expect(trainStep(run)).rejects.toThrow('model.sequence: expected { logits }, a tensor, got');
    }
    await expect(trainStep(narrow)).rejects.toThrow('model.sequence: logits: expected shape');
    expect(memory().numTensors).toBe(tensors);
  });

  test('begins again with the options of another run', async () => {
    const run = tinyRun({ batchSize: 3 });
    await trainStep(run);
    const again = createRun({ ...run, optimizer: adam() });
    expect(again).toMatchObject({ batchSize: 3, step: 0, sequences: 0 });
    expect(again.costs).not.toBe(run.costs);
  });
});

const drawn: Episode = echo.episode(createRandom(1));
const part = (values: Float32Array, value: number) => values.map((each, i) => (i === 1 ? value : each));
const { NaN: nan } = Number;
const broken: [what: string, episode: (episode: Episode) => unknown, message: string][] = [
  [
    'throws',
    () => {
      throw new Error('no luck');
    },
    "task 'mine': its episode() failed: no luck",
  ],
  [
    'throws a text',
    () => {
      throw 'no luck';
    },
    "task 'mine': its episode() failed: 'no luck'",
  ],
  ['gives nothing', () => undefined, "task 'mine', episode: expected an episode, got undefined"],
  ['is asynchronous', async (each) => each, "task 'mine', episode.steps: expected an integer"],
  [
    'is short of input',
    (each) => ({ ...each, input: each.input.slice(1) }),
    "task 'mine', episode.input: expected",
  ],
  [
    'is short of targets',
    (each) => ({ ...each, target: each.target.slice(1) }),
    "task 'mine', episode.target: expected",
  ],
  [
    'is short of a mask',
    (each) => ({ ...each, mask: each.mask.slice(1) }),
    "task 'mine', episode.mask: expected",
  ],
  [
    'has a target of 2',
    (each) => ({ ...each, target: part(each.target, 2) }),
    'episode.target: expected numbers from 0 to 1, got 2',
  ],
  [
    'has a target of -2',
    (each) => ({ ...each, target: part(each.target, -2) }),
    'episode.target: expected numbers from 0 to 1, got -2',
  ],
  [
    'has an input of NaN',
    (each) => ({ ...each, input: part(each.input, nan) }),
    'episode.input: expected finite float32 numbers, got NaN',
  ],
  [
    'has a negative mask',
    (each) => ({ ...each, mask: each.mask.map(() => -1) }),
    'episode.mask: expected finite numbers of at least 0, got -1',
  ],
  [
    'scores nothing',
    (each) => ({ ...each, mask: each.mask.map(() => 0) }),
    "task 'mine', mask: expected a step that is scored in at least one of 2 episodes",
  ],
  [
    'has other channels',
    () => silence.episode(createRandom(1)),
    "task 'mine', episode.inputSize: expected 3, as the task has it, got 1",
  ],
];

onEachEngine('a task of a user', () => {
  test.each(broken)(
    'whose episode %s is refused by name, and the run is as it was',
    async (_, episode, message) => {
      let bad = false;
      const task = drawing('mine', (random) => {
        const good = echo.episode(random);
        return bad ? episode(good) : good;
      });
      const run = tinyRun({ task, batchSize: 2 });
      await trainStep(run);
      const [before, tensors, random] = [numbersOf(run.model), memory().numTensors, run.random];
      bad = true;
      const error: unknown = await trainStep(run).catch((caught: unknown) => caught);
      expect(error).toSatisfy(isTapeheadError);
      expect(String(error)).toContain(message);
      expect(numbersOf(run.model)).toEqual(before);
      expect(memory().numTensors).toBe(tensors);
      expect([run.random, run.step]).toEqual([random, 1]);
      bad = false;
      await trainStep(run);
      expect(run.step).toBe(2);
    },
  );

  test('whose episodes are anything at all is refused or trained', async () => {
    const odd = fc.oneof(
      fc.anything(),
      fc.record({
        steps: fc.constantFrom(1, 2, drawn.steps, 1e9, nan),
        inputSize: fc.constantFrom(3, 3, 1),
        outputSize: fc.constantFrom(3, 3, 1),
        input: fc.oneof(fc.constant(drawn.input), fc.float32Array({ maxLength: 12 })),
        target: fc.oneof(fc.constant(drawn.target), fc.float32Array({ maxLength: 12 })),
        mask: fc.oneof(fc.constant(drawn.mask), fc.float32Array({ maxLength: 4 })),
      }),
    );
    await fc.assert(
      fc.asyncProperty(odd, async (episode) => {
        const run = tinyRun({ task: drawing('mine', () => episode) });
        const error: unknown = await trainStep(run).catch((caught: unknown) => caught);
        if (run.step === 0) expect(error).toSatisfy(isTapeheadError);
        else expect(meanCost(run)).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 200 },
    );
  });

  test('a batch too large for the backend is refused before it is drawn', async () => {
    let count = 0;
    const long: Task = {
      ...echo,
      episode() {
        count++;
        const steps = 32_000;
        const [input, mask] = [new Float32Array(3 * steps), new Float32Array(steps).fill(1)];
        return { ...drawn, steps, input, target: input, mask };
      },
    };
    await expect(trainStep(tinyRun({ task: long, batchSize: 2 ** 16 }))).rejects.toThrow(
      /a batch of 65536 episodes of 32000 steps: needs \d+ MB, and the backend '\w+' has at most \d+ MB left/,
    );
    expect(count).toBe(1);
  });
});
