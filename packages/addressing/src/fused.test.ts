import {
  cubeOf,
  expectClose,
  expectNoLeak,
  expectSame,
  gradientsOf,
  gradientTolerance,
  kernelCalls,
  matrixOf,
  onEachBackend,
  slopesOf,
  testEngineOption,
} from '@tapehead/testing';
import {
  memory as memoryOfTfjs,
  type Rank,
  randomUniform,
  tidy,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { registerFused } from './fused.js';
import { address, addressingStages } from './index.js';
import { kernelNames } from './testing/kernelNames.js';
import { fused, randomPoints, reference, type Sizes, sizes, splitPoints } from './testing/points.js';
import { slowAddress } from './transcription.js';

const random = (shape: [number, number, number], seed: number) =>
  randomUniform<Rank.R3>(shape, -1, 1, 'float32', seed);
const paper: Sizes = { seed: 1, batch: 1, heads: 2, rows: 128, width: 20, half: 1 };

onEachBackend('the fused address', () => {
  beforeAll(registerFused);

  test('equals the stages in value and in all seven gradients, whatever the sizes', () => {
    fc.assert(
      fc.property(sizes, (given) => {
        tidy(() => {
          const points = randomPoints(given);
          const cotangent = random([given.batch, given.heads, given.rows], given.seed + 8);
          expectSame(fused, reference, points, cotangent, JSON.stringify(given));
        });
      }),
      { seed: 7, numRuns: 40 },
    );
  });

  test('has the gradients of a float64 transcription, by finite differences', () => {
    tidy(() => {
      const [rows, width] = [7, 5];
      const points = randomPoints({ seed: 3, batch: 1, heads: 1, rows, width, half: 2 });
      const along = random([1, 1, rows], 9);
      const cotangent = Array.from(along.dataSync());
      const cost = ([
        key = [],
        [beta = 0] = [],
        [gate = 0] = [],
        shift = [],
        [gamma = 0] = [],
        tape = [],
        previous = [],
      ]: number[][]) => {
        const memory = Array.from({ length: rows }, (_, i) => tape.slice(i * width, (i + 1) * width));
        const weights = slowAddress(key, beta, gate, shift, gamma, memory, previous);
        return weights.reduce((sum, w, i) => sum + w * (cotangent[i] ?? 0), 0);
      };
      const slopes = slopesOf(
        cost,
        points.map((each) => Array.from(each.dataSync())),
      );
      for (const [i, gradient] of gradientsOf(fused, points, along).entries()) {
        expectClose(gradient, slopes[i] ?? [], gradientTolerance, `d/d ${i}`);
      }
    });
  });

  test('is one kernel call, where the stages take dozens', async () => {
    const points = randomPoints(paper);
    expect(await kernelCalls(() => fused(points))).toEqual([kernelNames.forward]);
    expect((await kernelCalls(() => reference(points))).length).toBeGreaterThan(24);
  });

  test('goes back in one kernel call', async () => {
    const points = randomPoints(paper);
    const along = random([1, 2, 128], 2);
    const calls = await kernelCalls(() => gradientsOf(fused, points, along));
    expect(calls.filter((name) => name === kernelNames.backward)).toHaveLength(1);
    expect((await kernelCalls(() => gradientsOf(reference, points, along))).length).toBeGreaterThan(
      5 * calls.length,
    );
  });

  test('leaves nothing behind over 200 forward and backward passes', () => {
    const points = randomPoints(paper);
    const along = random([1, 2, 128], 2);
    const run = () => gradientsOf(fused, points, along);
    expectNoLeak(run);
    const { numTensors, numBytes } = memoryOfTfjs();
    for (let i = 0; i < 200; i++) for (const gradient of run()) gradient.dispose();
    expect(memoryOfTfjs()).toMatchObject({ numTensors, numBytes });
  });

  test('gives mistakes the words of the stages', () => {
    tidy(() => {
      const [head, memory] = splitPoints(randomPoints({ ...paper, heads: 1, rows: 5 }));
      for (const wrong of [
        { ...head, key: random([1, 1, 19], 1) },
        { ...head, key: random([2, 1, 20], 1) },
        { ...head, beta: matrixOf([[1, 2]]) },
        { ...head, gate: matrixOf([[1, 2]]) },
        { ...head, gamma: matrixOf([[1, 2]]) },
        { ...head, shift: cubeOf([[[0.5, 0.5]]]) },
      ]) {
        const previous = random([1, 1, 5], 1);
        expect(messageOf(() => address(wrong, memory, previous))).toBe(
          messageOf(() => addressingStages(wrong, memory, previous)),
        );
      }
      expect(messageOf(() => address(head, memory, random([1, 1, 6], 1)))).toBe(
        messageOf(() => addressingStages(head, memory, random([1, 1, 6], 1))),
      );
    });
  });

  test('is gone when its kernel is', async () => {
    const points = randomPoints(paper);
    for (const backend of ['cpu', 'wasm']) unregisterKernel(kernelNames.forward, backend);
    expect(await kernelCalls(() => fused(points))).not.toContain(kernelNames.forward);
    await registerFused();
    expect(await kernelCalls(() => fused(points))).toEqual([kernelNames.forward]);
  });
});

function messageOf(mistake: () => unknown): string {
  try {
    mistake();
  } catch (error) {
    return String(error);
  }
  throw new Error('expected a mistake');
}

testEngineOption('address', '@tapehead/addressing/fused', { registerFused, kernelNames }, (options) =>
  address(...splitPoints(randomPoints(paper)), options),
);
