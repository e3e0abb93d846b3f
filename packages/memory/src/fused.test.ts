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
import {
  cast,
  expandDims,
  memory as memoryOfTfjs,
  oneHot,
  type Rank,
  type Tensor3D,
  tensor1d,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { registerFused } from './fused.js';
import { write } from './index.js';
import { kernelNames } from './testing/kernelNames.js';
import { fused, random, randomPoints, reference, type Sizes, sizes } from './testing/points.js';

const paper: Sizes = { seed: 1, batch: 1, heads: 2, rows: 128, width: 20 };

/** Equations 3 and 4 for one sequence, over plain numbers in rows. */
function slowWrite(
  memory: number[],
  weights: number[],
  erase: number[],
  add: number[],
  width: number,
): number[] {
  const heads = erase.length / width;
  const rows = memory.length / width;
  return memory.map((cell, at) => {
    const [i, m] = [Math.floor(at / width), at % width];
    let value = cell;
    for (let h = 0; h < heads; h++) value *= 1 - (weights[h * rows + i] ?? 0) * (erase[h * width + m] ?? 0);
    for (let h = 0; h < heads; h++) value += (weights[h * rows + i] ?? 0) * (add[h * width + m] ?? 0);
    return value;
  });
}

onEachBackend('the fused write', () => {
  beforeAll(registerFused);

  test('equals the reference in value and in all four gradients, whatever the sizes', () => {
    fc.assert(
      fc.property(sizes, (given) => {
        tidy(() => {
          const cotangent = random([given.batch, given.rows, given.width], -1, given.seed + 4);
          expectSame(fused, reference, randomPoints(given), cotangent, JSON.stringify(given));
        });
      }),
      { seed: 7, numRuns: 60 },
    );
  });

  test.each([1, 3])(
    'has the gradients of a float64 transcription, by finite differences: %i heads',
    (heads) => {
      tidy(() => {
        const points = randomPoints({ seed: 3, batch: 1, heads, rows: 5, width: 3 });
        const along = random([1, 5, 3], -1, 9);
        const cotangent = along.dataSync();
        const cost = ([memory = [], weights = [], erase = [], add = []]: number[][]) =>
          slowWrite(memory, weights, erase, add, 3).reduce(
            (sum, cell, i) => sum + cell * (cotangent[i] ?? 0),
            0,
          );
        const slopes = slopesOf(
          cost,
          points.map((each) => Array.from(each.dataSync())),
        );
        for (const [i, gradient] of gradientsOf(fused, points, along).entries()) {
          expectClose(gradient, slopes[i] ?? [], gradientTolerance, `d/d ${i}`);
        }
      });
    },
  );

  test('keeps one-hot weights, full erases and zero memories finite', () => {
    tidy(() => {
      const weights = cast<Tensor3D>(expandDims(oneHot(tensor1d([0, 8, 8], 'int32'), 9), 0), 'float32');
      const points = [zeros<Rank.R3>([1, 9, 4]), weights, random([1, 3, 4], 1, 1), random([1, 3, 4], -1, 2)];
      const all = [fused(points), ...gradientsOf(fused, points, random([1, 9, 4], -1, 3))];
      expect(all.flatMap((each) => [...each.dataSync()]).every(Number.isFinite)).toBe(true);
    });
  });

  test('is one kernel call forward and one back, however many heads', async () => {
    const points = randomPoints(paper);
    const along = random([1, 128, 20], -1, 2);
    expect(await kernelCalls(() => fused(points))).toEqual([kernelNames.forward]);
    const [own, others] = [
      await kernelCalls(() => gradientsOf(fused, points, along)),
      await kernelCalls(() => gradientsOf(reference, points, along)),
    ];
    expect(own.filter((name) => name === kernelNames.backward)).toHaveLength(1);
    expect(others.length).toBeGreaterThan(2 * own.length);
  });

  test('leaves nothing behind over 200 forward and backward passes', () => {
    const points = randomPoints(paper);
    const along = random([1, 128, 20], -1, 2);
    const run = () => gradientsOf(fused, points, along);
    expectNoLeak(run);
    const { numTensors, numBytes } = memoryOfTfjs();
    for (let i = 0; i < 200; i++) for (const gradient of run()) gradient.dispose();
    expect(memoryOfTfjs()).toMatchObject({ numTensors, numBytes });
  });
});

testEngineOption('write', '@tapehead/memory/fused', { registerFused, kernelNames }, (options) =>
  write(...randomPoints(paper), options),
);
