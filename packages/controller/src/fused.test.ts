import {
  expectClose,
  expectNoLeak,
  expectSame,
  gradientsOf,
  gradientTolerance,
  kernelCalls,
  onEachBackend,
  slopesOf,
  testEngineOption,
} from '@tapehead/testing';
import { memory as memoryOfTfjs, mul, type Rank, randomUniform, tidy } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { registerFused } from './fused.js';
import { lstmStep } from './index.js';
import { referenceLstmStep } from './lstm.js';
import { kernelNames } from './testing/kernelNames.js';
import { fused, joined, randomPoints, reference, type Sizes, type Step, sizes } from './testing/points.js';

const random = (rows: number, columns: number, seed: number) =>
  randomUniform<Rank.R2>([rows, columns], -1, 1, 'float32', seed);
const paper: Sizes = { seed: 1, batch: 1, inputSize: 29, units: 100 };

/** h′ and c′ of one sequence, over plain numbers. */
function slowStep(x: number[], h: number[], c: number[], weights: number[][]): number[] {
  const [kernel = [], recurrentKernel = [], bias = []] = weights;
  const units = h.length;
  const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));
  const sum = (j: number): number => {
    const fromInput = x.reduce((total, each, i) => total + each * (kernel[i * 4 * units + j] ?? 0), 0);
    const fromHidden = h.reduce(
      (total, each, i) => total + each * (recurrentKernel[i * 4 * units + j] ?? 0),
      0,
    );
    return fromInput + fromHidden + (bias[j] ?? 0);
  };
  const nextC = c.map(
    (each, j) => sigmoid(sum(units + j)) * each + sigmoid(sum(j)) * Math.tanh(sum(2 * units + j)),
  );
  return [...nextC.map((each, j) => sigmoid(sum(3 * units + j)) * Math.tanh(each)), ...nextC];
}

onEachBackend('the fused LSTM step', () => {
  beforeAll(registerFused);

  test('equals the reference in h, c and all six gradients, whatever the sizes', () => {
    fc.assert(
      fc.property(sizes, (given) => {
        tidy(() => {
          const cotangent = random(given.batch, 2 * given.units, given.seed + 6);
          expectSame(fused, reference, randomPoints(given), cotangent, JSON.stringify(given));
        });
      }),
      { seed: 7, numRuns: 60 },
    );
  });

  test('has the gradients of a float64 transcription, by finite differences', () => {
    tidy(() => {
      const points = randomPoints({ seed: 3, batch: 1, inputSize: 3, units: 5 });
      const along = random(1, 10, 9);
      const cotangent = along.dataSync();
      const cost = ([x = [], h = [], c = [], ...weights]: number[][]) =>
        slowStep(x, h, c, weights).reduce((sum, value, i) => sum + value * (cotangent[i] ?? 0), 0);
      const slopes = slopesOf(
        cost,
        points.map((each) => Array.from(each.dataSync())),
      );
      for (const [i, gradient] of gradientsOf(fused, points, along).entries()) {
        expectClose(gradient, slopes[i] ?? [], gradientTolerance, `d/d ${i}`);
      }
    });
  });

  test('has a gradient where only h, or only c, is used', () => {
    tidy(() => {
      const points = randomPoints({ seed: 5, batch: 2, inputSize: 3, units: 5 });
      for (const part of ['h', 'c'] as const) {
        const only = (step: Step) =>
          joined((...given) => ({ h: step(...given)[part], c: step(...given)[part] }));
        expectSame(only(lstmStep), only(referenceLstmStep), points, random(2, 10, 8), part);
      }
    });
  });

  test('saturated gates stay finite', () => {
    tidy(() => {
      const points = randomPoints({ seed: 4, batch: 5, inputSize: 6, units: 7 }).map((each) =>
        mul(each, 1e3),
      );
      const all = [fused(points), ...gradientsOf(fused, points, random(5, 14, 3))];
      expect(all.flatMap((each) => [...each.dataSync()]).every(Number.isFinite)).toBe(true);
    });
  });

  test('is one kernel call forward and one back', async () => {
    const points = randomPoints(paper);
    const along = random(1, 200, 2);
    const forward = await kernelCalls(() => fused(points));
    expect(forward.filter((name) => name !== 'Concat')).toEqual([kernelNames.forward]);
    const own = await kernelCalls(() => gradientsOf(fused, points, along));
    expect(own.filter((name) => name === kernelNames.backward)).toHaveLength(1);
    const others = await kernelCalls(() => gradientsOf(reference, points, along));
    expect(others.length).toBeGreaterThan(3 * own.length);
  });

  test('leaves nothing behind over 200 forward and backward passes', () => {
    const points = randomPoints(paper);
    const along = random(1, 200, 2);
    const run = () => gradientsOf(fused, points, along);
    expectNoLeak(run);
    const { numTensors, numBytes } = memoryOfTfjs();
    for (let i = 0; i < 200; i++) for (const gradient of run()) gradient.dispose();
    expect(memoryOfTfjs()).toMatchObject({ numTensors, numBytes });
  });
});

testEngineOption('lstmStep', '@tapehead/controller/fused', { registerFused, kernelNames }, (options) =>
  joined((...given) => lstmStep(...given, options))(randomPoints(paper)),
);
