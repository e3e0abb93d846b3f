import { isTapeheadError } from '@tapehead/core';
import { NTM } from '@tapehead/ntm';
import { registerFused } from '@tapehead/ntm/fused';
import { copy, createRandom, type Episode, type Task } from '@tapehead/tasks';
import { expectClose, onEachBackend } from '@tapehead/testing';
import {
  div,
  expandDims,
  memory,
  mul,
  type Scalar,
  squaredDifference,
  sum,
  type Tensor3D,
  tanh,
} from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { adam } from '../adam.js';
import { captureState } from '../capture.js';
import { decodeCheckpoint, encodeCheckpoint } from '../checkpoint.js';
import { evaluate } from '../evaluate.js';
import type { SequenceModel } from '../model.js';
import { restoreState, resumeRun } from '../restore.js';
import { createRun, isSolved, meanCost, type Run, type RunOptions } from '../run.js';
import { decodeSafetensors, encodeSafetensors } from '../safetensors.js';
import { trainStep } from '../step.js';
import { meanAbsoluteError } from '../testing/meanAbsoluteError.js';
import { counts, sums } from '../testing/otherTasks.js';
import { type TinyModel, tinyModel } from '../testing/tinyModel.js';
import { echo } from '../testing/tinyTasks.js';
import { train } from '../train.js';
import type { Cost } from './cost.js';
import { type CostOptions, customCost } from './customCost.js';
import { meanSquaredError } from './meanSquaredError.js';
import { sigmoidCrossEntropy } from './sigmoidCrossEntropy.js';
import { softmaxCrossEntropy } from './softmaxCrossEntropy.js';

const small = { memorySize: 8, memoryDim: 4, controllerSize: 16, seed: 1 };
const netFor = (
  { inputSize, outputSize }: Task,
  outputActivation: 'linear' | 'softmax' | 'sigmoid' | 'tanh',
) => NTM.build({ ...small, inputSize, outputSize, outputActivation });

/** The net without its own way to gradients: by the tape of tfjs. */
const taped = (net: NTM): SequenceModel => ({
  parameters: net.parameters,
  trainable: net.trainable,
  config: net.config,
  sequence: (input) => net.sequence(input),
});

function runOf(task: Task, model: SequenceModel, options: Partial<RunOptions> = {}): Run {
  return createRun({
    model,
    task,
    optimizer: adam({ learningRate: 0.01 }),
    batchSize: 8,
    seed: 3,
    ...options,
  });
}

async function costsOf(run: Run, sequences: number): Promise<number[]> {
  const costs: number[] = [];
  for await (const { cost } of train(run, { sequences })) costs.push(cost);
  return costs;
}

const mean = (numbers: readonly number[]): number =>
  numbers.reduce((all, each) => all + each) / numbers.length;

async function refusal(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    return isTapeheadError(error) ? error.message : expect.fail(String(error));
  }
  return expect.fail('nothing was refused');
}

/** (tanh x − z)², written by a caller. */
const ownSquares = (options: Partial<CostOptions> = {}): Cost =>
  customCost({
    name: 'own-squares',
    unit: 'squared error',
    takes: 'output',
    over: 'steps',
    of: (output, target, mask) =>
      div<Scalar>(sum(mul(squaredDifference(output, target), expandDims(mask, 2))), sum(mask)),
    ...options,
  });

onEachBackend('a run with another cost', () => {
  test.each<[string, Task, 'linear' | 'softmax', number, number]>([
    ['a regression', sums, 'linear', 0.05, 0.02],
    // Chance costs log₂ 3 = 1.58 bits per step.
    ['a classification', counts, 'softmax', 1.4, 0.9],
  ])('%s is learned', async (_, task, activation, before, after) => {
    await registerFused();
    const run = runOf(task, netFor(task, activation));
    const costs = await costsOf(run, 8 * 120);
    expect(mean(costs.slice(0, 5))).toBeGreaterThan(before);
    expect(mean(costs.slice(-10))).toBeLessThan(after);
  });

  test.each<[string, Task, 'linear' | 'softmax' | 'sigmoid' | 'tanh', Cost?]>([
    ['bits', echo, 'sigmoid'],
    ['classes', counts, 'softmax'],
    ['numbers of a linear output', sums, 'linear'],
    ['numbers of a tanh output', sums, 'tanh'],
    ['a cost of the caller', sums, 'tanh', ownSquares()],
    ['a cost of the caller, of logits', sums, 'tanh', meanAbsoluteError],
  ])('%s: the kernels of the net and the tape of tfjs give the same', async (_, task, activation, cost) => {
    await registerFused();
    for (const objective of ['sum', 'mean'] as const) {
      const nets = [netFor(task, activation), netFor(task, activation)] as const;
      const options = { objective, ...(cost && { cost }) };
      const [fused, other] = [runOf(task, nets[0], options), runOf(task, taped(nets[1]), options)];
      for (let i = 0; i < 3; i++) {
        const [one, two] = [await trainStep(fused), await trainStep(other)];
        expectClose(one.cost, two.cost, 1e-4);
        expectClose(one.gradientNorm, two.gradientNorm, 1e-3);
      }
    }
  });

  test('the objective changes the gradient, not the cost; a cost of the caller equals the built-in one', async () => {
    const built = netFor(sums, 'tanh');
    const [sum, mean, own] = [
      await trainStep(runOf(sums, built)),
      await trainStep(runOf(sums, netFor(sums, 'tanh'), { objective: 'mean' })),
      await trainStep(runOf(sums, netFor(sums, 'tanh'), { cost: ownSquares() })),
    ];
    expectClose(mean.cost, sum.cost, 1e-5);
    expectClose(own.cost, sum.cost, 1e-5);
    expectClose(own.gradientNorm, sum.gradientNorm, 1e-4);
    const random = createRandom(3);
    const scored = Array.from({ length: 8 }, () => sums.episode(random).mask.reduce((a, b) => a + b));
    const perSequence = scored.reduce((a, b) => a + b) / 8;
    expectClose(sum.gradientNorm / mean.gradientNorm, perSequence, 1e-4);
  });

  test('a model that says nothing of an activation has its output, or its logits, measured', async () => {
    const loud = (): TinyModel => Object.assign(tinyModel(sums), { gain: 100 });
    const model = loud();
    const { config: _, ...plain } = model;
    const squashed = {
      ...plain,
      sequence(input: Tensor3D) {
        const { logits } = plain.sequence(input);
        return { logits, output: tanh(logits) };
      },
    };
    const said = { ...loud(), config: { outputActivation: 'tanh' } };
    const options = { optimizer: adam(), cost: meanSquaredError };
    const [a, b, c] = [
      await trainStep(runOf(sums, squashed, options)),
      await trainStep(runOf(sums, said, { ...options, optimizer: adam() })),
      await trainStep(runOf(sums, loud(), { ...options, optimizer: adam() })),
    ];
    expectClose(a.cost, b.cost, 1e-5);
    expectClose(a.gradientNorm, b.gradientNorm, 1e-5);
    expect(Math.abs(a.cost - c.cost)).toBeGreaterThan(0.1);
  });

  test('evaluate gives the mean over all episodes, whatever the batches', async () => {
    const random = createRandom(9);
    const net = netFor(counts, 'softmax');
    const episodes = Array.from({ length: 7 }, () => counts.episode(random));
    const measured = await evaluate(net, episodes, { cost: softmaxCrossEntropy, batchSize: 3 });
    expect(measured).toMatchObject({ sequences: 7, unit: 'bits per step' });
    const whole = await evaluate(net, episodes, { cost: softmaxCrossEntropy, batchSize: 7 });
    expectClose(measured.cost, whole.cost, 1e-5);
    const before = memory().numTensors;
    await evaluate(net, episodes, { cost: softmaxCrossEntropy });
    expect(memory().numTensors).toBe(before);
  });

  test('training leaves nothing in memory', async () => {
    for (const [task, activation, cost] of [
      [counts, 'softmax', softmaxCrossEntropy],
      [sums, 'linear', meanSquaredError],
      [sums, 'linear', ownSquares()],
    ] as const) {
      const run = runOf(task, netFor(task, activation), { cost });
      await trainStep(run);
      const before = memory().numTensors;
      await trainStep(run);
      await trainStep(run);
      expect(memory().numTensors).toBe(before);
    }
  });
});

describe('a cost', () => {
  test('is refused by name where it does not fit the net, the task or an episode', async () => {
    const net = netFor(sums, 'linear');
    const { targets: _, ...unsaid } = sums;
    expect(await refusal(() => runOf(unsaid, net))).toBe(
      "cost: 'sigmoid-cross-entropy' fits a net whose outputActivation is 'sigmoid', this one has 'linear'; " +
        'build the net with another, or take another cost',
    );
    expect(await refusal(() => runOf(sums, tinyModel(sums), { cost: sigmoidCrossEntropy }))).toBe(
      "cost: 'sigmoid-cross-entropy' takes targets that are bits, those of task 'sums' are numbers; take another cost",
    );
    expect(await refusal(() => trainStep(runOf(unsaid, tinyModel(sums))))).toMatch(
      /^task 'sums', episode.target: expected numbers from 0 to 1, got .* at step .*; cost 'sigmoid-cross-entropy' takes targets that are bits$/,
    );
    const twice: Task = {
      ...counts,
      episode: (random): Episode => {
        const episode = counts.episode(random);
        return { ...episode, target: episode.target.map((z) => 2 * z) };
      },
    };
    expect(await refusal(() => trainStep(runOf(twice, netFor(counts, 'softmax'))))).toContain(
      'expected numbers from 0 to 1, got 2',
    );
    const half: Task = {
      ...counts,
      episode: (random): Episode => {
        const episode = counts.episode(random);
        return { ...episode, target: episode.target.map((z) => z / 2) };
      },
    };
    expect(await refusal(() => trainStep(runOf(half, netFor(counts, 'softmax'))))).toContain(
      'expected probabilities of classes, which sum to 1 at a scored step, got a sum of 0.5 at step 0',
    );
  });

  test('without a threshold is never solved, and asks for one', async () => {
    const run = runOf(sums, tinyModel(sums));
    run.sequences = 5000;
    expect(meanCost(run)).toBe(0);
    expect(isSolved(run)).toBe(false);
    expect(await refusal(() => train(run, { until: 'solved' }).next())).toBe(
      "until: expected a threshold, because the cost 'mean-squared-error' has none of its own, got 'solved'; " +
        'give one, such as { costBelow: 0.01 }',
    );
  });

  test('trains until it is below a threshold, over the last sequences', async () => {
    const run = runOf(echo, tinyModel(echo));
    const training = train(run, { sequences: 4000, until: { costBelow: 3, over: 16 } });
    let last = await training.next();
    const told: number[] = [];
    while (!last.done) {
      told.push(last.value.cost);
      expect(last.value.unit).toBe('bits');
      last = await training.next();
    }
    expect(last.value).toBe('solved');
    expect(mean(told.slice(-2))).toBeLessThan(3);
    expect(mean(told.slice(-3, -1))).toBeGreaterThanOrEqual(3);
    expect(meanCost(run, 16)).toBeCloseTo(mean(told.slice(-2)), 10);
  });

  test('of the caller names itself, and is no built-in one', async () => {
    const make = (options: object) => refusal(() => Reflect.apply(customCost, undefined, [options]));
    const of = () => mul(1, 1);
    expect(await make({ unit: 'x', of })).toBe('cost.name: expected a text, got undefined');
    expect(await make({ name: 'x', of })).toBe('cost.unit: expected a text, got undefined');
    expect(await make({ name: 'x', unit: 'x' })).toBe('cost.of: expected a function, got undefined');
    expect(await make({ name: 'x', unit: 'x', of, over: 'time' })).toContain(
      "cost.over: expected one of 'sequences'",
    );
    expect(await make({ name: 'x', unit: 'x', of, tags: 1 })).toContain("cost: unknown option 'tags'");
    expect(await make({ name: 'mean-squared-error', unit: 'x', of })).toBe(
      "cost.name: expected a name of its own, got that of the built-in cost 'mean-squared-error'",
    );
    const vector = customCost({
      name: 'x',
      unit: 'x',
      of: (logits) => sum<Scalar>(logits, 0),
    });
    const run = runOf(sums, tinyModel(sums), { cost: vector });
    expect(await refusal(() => trainStep(run))).toBe(
      "cost 'x': expected a scalar of float32, got a tensor of shape [5,1]",
    );
  });
});

describe('a checkpoint', () => {
  const start = (cost: Cost, seed = 1) => runOf(sums, tinyModel(sums, seed), { cost });

  test('says which cost it was, and is refused for another', async () => {
    const run = start(meanSquaredError);
    await costsOf(run, 80);
    const state = decodeCheckpoint(encodeCheckpoint(await captureState(run)));
    expect(state.cost).toEqual({ name: 'mean-squared-error', unit: 'squared error' });
    const resumed = await resumeRun({ model: tinyModel(sums, 9), state, task: sums });
    await Promise.all([costsOf(run, 160), costsOf(resumed, 160)]);
    expect(await captureState(resumed)).toEqual(await captureState(run));
    expect(await refusal(() => restoreState(start(meanAbsoluteError), state))).toBe(
      "checkpoint: it was trained with the cost 'mean-squared-error', the run has 'mean-absolute-error'",
    );
    expect(
      await refusal(() => resumeRun({ model: tinyModel(sums), state, task: sums, cost: meanAbsoluteError })),
    ).toContain("it was trained with the cost 'mean-squared-error'");
  });

  test('of a cost of the caller wants it again', async () => {
    const run = start(meanAbsoluteError);
    await costsOf(run, 80);
    const state = decodeCheckpoint(encodeCheckpoint(await captureState(run)));
    const model = tinyModel(sums);
    expect(await refusal(() => resumeRun({ model, state, task: sums }))).toBe(
      "cost: expected the cost 'mean-absolute-error', which the checkpoint was trained with, got none",
    );
    const resumed = await resumeRun({ model, state, task: sums, cost: meanAbsoluteError });
    await Promise.all([costsOf(run, 160), costsOf(resumed, 160)]);
    expect(await captureState(resumed)).toEqual(await captureState(run));
    const other = { ...meanAbsoluteError, unit: 'metres' };
    expect(await refusal(() => restoreState(start(other), state))).toBe(
      "checkpoint: it was trained with the cost 'mean-absolute-error' in the unit 'absolute error', the run has 'metres'",
    );
  });

  test('from before there was a choice is in bits', async () => {
    const task = copy({ width: 2, maxLength: 3 });
    const run = runOf(task, tinyModel(task));
    await costsOf(run, 16);
    const state = await captureState(run);
    const { metadata, tensors } = decodeSafetensors(encodeCheckpoint(state));
    const { 'tapehead.checksum': __, ...rest } = metadata;
    const { cost: _, ...training } = JSON.parse(metadata.training ?? '');
    const old = encodeSafetensors({ tensors, metadata: { ...rest, training: JSON.stringify(training) } });
    expect(decodeCheckpoint(old)).toEqual(state);
  });
});
