import { beforeAll, describe, expect, test } from 'vitest';
import fixtures from '../../../packages/ntm/fixtures/ntm.json' with { type: 'json' };
import { type Assembled, assembled, flat } from './assembled.js';
import { randomNumbers, randomSizes } from './randomNets.js';
import { halfOf, runInHalves, runSequence, shapesOf } from './sequence.js';
import { type Sizes, type Tensors, transcription } from './transcription.js';

type Case = (typeof fixtures)[number];

describe.each(['simd', 'relaxed'] as const)('%s', (kind) => {
  let module: Assembled;
  beforeAll(async () => {
    module = await assembled('../../packages/ntm/assembly/sequence.ts', kind);
  }, 60_000);

  test.each(fixtures.map((golden, i) => ({ i, golden })))(
    'golden case $i: outputs and gradients',
    ({ golden }) => {
      const sizes = sizesOf(golden);
      const tensors = tensorsOf(golden);
      const [target, mask, wanted] = [golden.target, golden.mask, golden.outputProbabilities].map(flat);
      const { logits, gradients } = runSequence(module, sizes, tensors, {
        start: 'logits',
        cotangent: (z) =>
          z.map((each, i) => {
            const wrong = 1 / (1 + Math.exp(-each)) - (target?.[i] ?? 0);
            return (wrong * (mask?.[Math.floor(i / sizes.outputSize)] ?? 0)) / Math.LN2 / sizes.batch;
          }),
      });
      logits.forEach((z, i) => {
        expect(1 / (1 + Math.exp(-z))).toBeCloseTo(wanted?.[i] ?? Number.NaN, 5);
      });
      for (const [name, gradient] of Object.entries(golden.gradients)) {
        expectNear(gradients[renamed(name)], flat(gradient), 1e-4);
      }
    },
  );

  test.each(Array.from({ length: 40 }, (_, seed) => ({ seed })))(
    'random net $seed agrees with the float64 transcription, in values and in slopes along random directions',
    ({ seed }) => {
      const random = randomNumbers(seed);
      const sizes = randomSizes(random);
      const tensors = randomTensors(sizes, random);
      const along = Float64Array.from({ length: sizes.batch * sizes.steps * sizes.outputSize }, random);
      const { logits, gradients } = runSequence(module, sizes, tensors, {
        start: 'weights',
        cotangent: () => along,
      });
      expectNear(logits, transcription(sizes, tensors).logits, 1e-4);
      const cost = (given: Tensors) =>
        transcription(sizes, given).logits.reduce((sum, z, i) => sum + z * (along[i] ?? 0), 0);
      for (const [name, values] of Object.entries(tensors)) {
        const direction = values.map(() => random());
        const slope = slopeAlong(cost, tensors, name, direction);
        const gradient = gradients[name] ?? new Float32Array();
        const projected = direction.reduce((sum, d, i) => sum + d * (gradient[i] ?? Number.NaN), 0);
        const size = direction.reduce((sum, d, i) => sum + Math.abs(d * (gradient[i] ?? 0)), 1e-3);
        expect(Math.abs(projected - slope) / size, `${name} of ${JSON.stringify(sizes)}`).toBeLessThan(2e-4);
      }
    },
  );

  test.each(Array.from({ length: 12 }, (_, seed) => ({ seed })))(
    'random net $seed in two halves, state and its gradients passed on, is the whole sequence',
    ({ seed }) => {
      const random = randomNumbers(seed + 100);
      const sizes = { ...randomSizes(random), steps: 6 };
      const tensors = randomTensors(sizes, random);
      const along = Float64Array.from({ length: sizes.batch * sizes.steps * sizes.outputSize }, random);
      const whole = runSequence(module, sizes, tensors, { start: 'weights', cotangent: () => along });
      const halves = runInHalves(module, sizes, tensors, along);
      const logits = Float64Array.from(whole.logits);
      expectNear(
        halves.logits,
        [0, 1].flatMap((half) => Array.from(halfOf(logits, sizes, half))),
        1e-5,
      );
      for (const [name, gradient] of Object.entries(halves.gradients)) {
        expectNear(gradient, Array.from(whole.gradients[name] ?? []), 1e-4);
      }
    },
  );

  test('nothing is NaN where weights are one-hot, memories and keys are zero and parameters are extreme', () => {
    for (const scale of [0, 1, 30, 1000]) {
      for (const seed of [1, 2, 3, 4, 5, 6]) {
        const random = randomNumbers(seed);
        const sizes = randomSizes(random);
        const tensors = randomTensors(sizes, random);
        for (const [name, values] of Object.entries(tensors)) {
          if (name.endsWith('Weights'))
            values.forEach((_, i) => {
              values[i] = i % sizes.N === 0 ? 1 : 0;
            });
          else
            values.forEach((value, i) => {
              values[i] = name === 'memory' ? 0 : value * scale;
            });
        }
        const { logits, gradients } = runSequence(module, sizes, tensors, {
          start: 'weights',
          cotangent: (z) => z.map(() => 1),
        });
        const all = [logits, ...Object.values(gradients)].flatMap((each) => Array.from(each));
        expect(all.every(Number.isFinite), `scale ${scale}, seed ${seed}: ${JSON.stringify(sizes)}`).toBe(
          true,
        );
      }
    }
  });
});

function sizesOf(golden: Case): Sizes {
  return {
    ...golden,
    units: golden.controllerSize,
    layers: 1,
    N: golden.memorySize,
    M: golden.memoryDim,
    controller: golden.controller === 'lstm' ? 'lstm' : 'feedforward',
    bounded: golden.keyAndAddActivation === 'tanh',
    writeFirst: golden.order === 'write-first',
  };
}

const layered = ['kernel', 'recurrentKernel', 'bias', 'h', 'c'];
const renamed = (name: string) =>
  layered.includes(name) ? `${name}0` : name.replace('WeightLogits', 'Weights');

function tensorsOf(golden: Case): Tensors {
  const named = Object.entries(golden.parameters).map(([name, value]) => [
    renamed(name),
    Float64Array.from(flat(value)),
  ]);
  return { ...Object.fromEntries(named), x: Float64Array.from(flat(golden.input)) };
}

function randomTensors(sizes: Sizes, random: () => number): Tensors {
  return Object.fromEntries(
    Object.entries(shapesOf(sizes)).map(([name, count]) => {
      const values = Float64Array.from({ length: count }, () => Math.fround(random()));
      return [name, name.endsWith('Weights') ? distributions(values, sizes.N) : values];
    }),
  );
}

/** Rows that sum to 1. */
function distributions(values: Float64Array, width: number): Float64Array {
  return values.map((value, i) => {
    const start = i - (i % width);
    const sum = values.slice(start, start + width).reduce((total, each) => total + Math.abs(each) + 0.1, 0);
    return Math.fround((Math.abs(value) + 0.1) / sum);
  });
}

function slopeAlong(
  cost: (given: Tensors) => number,
  tensors: Tensors,
  name: string,
  direction: Float64Array,
): number {
  const step = 1e-5;
  const moved = (by: number) => ({
    ...tensors,
    [name]: (tensors[name] ?? new Float64Array()).map((value, i) => value + by * (direction[i] ?? 0)),
  });
  return (cost(moved(step)) - cost(moved(-step))) / (2 * step);
}

/** Within `bound` of the greatest wanted number. */
function expectNear(got: ArrayLike<number> | undefined, wanted: readonly number[], bound: number): void {
  const size = Math.max(...wanted.map(Math.abs), 1e-6);
  const worst = Math.max(...wanted.map((each, i) => Math.abs(each - (got?.[i] ?? Number.NaN))));
  expect(worst / size).toBeLessThan(bound);
}
