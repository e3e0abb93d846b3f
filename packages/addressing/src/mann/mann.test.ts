import { expectClose, expectMistakes, expectNoLeak, onEachBackend, valueTolerance } from '@tapehead/testing';
import {
  mul,
  ones,
  type Rank,
  randomUniform,
  softmax,
  sum,
  type Tensor2D,
  type Tensor3D,
  tensor1d,
  tensor2d,
  tidy,
  variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { leastUsedWeighting, updateUsage, writeWeighting } from '../mann.js';
import { expectAsSlowly, type Transcribed } from '../testing/slowly.js';
import { slowLeastUsed, slowUsage, slowWriteWeighting } from './transcription.js';

const weightings = (shape: [number, number, number], seed: number): Tensor3D =>
  softmax(randomUniform<Rank.R3>(shape, -3, 3, 'float32', seed));

onEachBackend('the addressing of MANN', () => {
  const transcribed = (heads: number, rows: number): Record<string, Transcribed> => ({
    updateUsage: {
      shapes: { usage: [rows], readWeights: [heads, rows], writeWeights: [heads, rows] },
      formula: (given) =>
        updateUsage(given.matrix('usage'), given.cube('readWeights'), given.cube('writeWeights'), 0.9),
      slow: (usage: number[], readWeights: number[], writeWeights: number[]) =>
        slowUsage(0.9, usage, readWeights, writeWeights),
    },
    writeWeighting: {
      shapes: { gate: [heads], readWeights: [heads, rows], leastUsed: [rows] },
      formula: (given) =>
        writeWeighting(given.any('gate'), given.cube('readWeights'), given.matrix('leastUsed')),
      slow: slowWriteWeighting,
    },
  });

  test.each([
    { seed: 1, batch: 1, heads: 1, rows: 1 },
    { seed: 2, batch: 2, heads: 3, rows: 5 },
    { seed: 3, batch: 3, heads: 2, rows: 8 },
  ])('equals its slow transcription, in value and gradient, with %o', ({ seed, batch, heads, rows }) => {
    for (const [name, each] of Object.entries(transcribed(heads, rows))) {
      expectAsSlowly(name, each, { batch, seed });
    }
  });

  test('finds the n rows used least, and of those used alike the ones of the lowest numbers', () => {
    tidy(() => {
      const usage = tensor2d([
        [3, 1, 2, 0.5],
        [0, 0, 0, 0],
        [2, 1, 2, 1],
      ]);
      expect(leastUsedWeighting(usage).arraySync()).toEqual([
        [0, 0, 0, 1],
        [1, 0, 0, 0],
        [0, 1, 0, 0],
      ]);
      expect(leastUsedWeighting(usage, 3).arraySync()).toEqual([
        [0, 1, 1, 1],
        [1, 1, 1, 0],
        [1, 1, 0, 1],
      ]);
    });
  });

  test('finds as a sort does, for whatever usages', () => {
    const usage = fc.array(fc.constantFrom(0, 1e-30, 0.25, 0.5, 1, 7, 1e30), { minLength: 1, maxLength: 17 });
    fc.assert(
      fc.property(usage, fc.nat(), (row, any) => {
        const count = 1 + (any % row.length);
        const found = tidy(() => leastUsedWeighting(tensor2d([row]), count).arraySync());
        expect(found).toEqual([slowLeastUsed(row, count)]);
      }),
      { seed: 5, numRuns: 50 },
    );
  });

  test('lets gradients pass by what was used least: they are 0, and no error', () => {
    tidy(() => {
      const [usage, read] = [variable(tensor2d([[3, 1, 2]])), variable(tensor2d([[0.2, 0.3, 0.5]]))];
      const { grads } = variableGrads(() => {
        const written = writeWeighting(tensor1d([0.25]), read, leastUsedWeighting(usage));
        return sum(mul(written, tensor2d([[1, 2, 3]])));
      }, [usage, read]);
      expect(grads[usage.name]?.arraySync()).toEqual([[0, 0, 0]]);
      expect(grads[read.name]?.arraySync()).toEqual([[0.25, 0.5, 0.75]]);
      usage.dispose();
      read.dispose();
    });
  });

  test('writes a sequence to one row after another while nothing is read', () => {
    tidy(() => {
      const nowhere = tensor2d([[0, 0, 0]]);
      let usage = nowhere;
      const rows = Array.from({ length: 5 }, () => {
        const written = writeWeighting(tensor1d([0]), nowhere, leastUsedWeighting(usage));
        usage = updateUsage(usage, nowhere, written, 0.99);
        return written.arraySync()[0]?.indexOf(1);
      });
      expect(rows).toEqual([0, 1, 2, 0, 1]);
    });
  });

  test('gives a single head without its axis what it gives it with its axis', () => {
    tidy(() => {
      const usage = tensor2d([[3, 1, 2]]);
      const [single, cube] = [tensor2d([[0.2, 0.3, 0.5]]), weightings([1, 1, 3], 1)];
      const leastUsed = leastUsedWeighting(usage);
      const squeezed: Tensor2D = sum(cube, 1);
      const written = writeWeighting(tensor1d([0.3]), squeezed, leastUsed);
      expect(written.shape).toEqual([1, 3]);
      expectClose(written, writeWeighting(tensor2d([[0.3]]), cube, leastUsed), valueTolerance);
      expectClose(updateUsage(usage, single, squeezed, 0.5), updateUsage(usage, single, cube, 0.5), 1e-7);
    });
  });

  test('leaves no tensor behind', () => {
    const [usage, heads] = [tensor2d([[3, 1, 2]]), weightings([1, 2, 3], 1)];
    const gate = ones([1, 2]);
    expectNoLeak(() => updateUsage(usage, heads, heads, 0.5));
    expectNoLeak(() => leastUsedWeighting(usage, 2));
    expectNoLeak(() => writeWeighting(gate, heads, usage));
  });
});

onEachBackend('a mistake with MANN is told in one sentence', () => {
  const usage = () => ones<Rank.R2>([2, 4]);
  const heads = () => ones<Rank.R3>([2, 3, 4]);
  expectMistakes([
    [
      () => updateUsage(usage(), ones<Rank.R3>([2, 3, 5]), heads(), 0.9),
      'readWeights: expected shape [2, heads, 4] (batch 2, memorySize 4), got [2, 3, 5]',
    ],
    [
      () => updateUsage(usage(), heads(), ones<Rank.R2>([3, 4]), 0.9),
      'writeWeights: expected shape [2, 4] (batch 2, memorySize 4), got [3, 4]',
    ],
    [() => updateUsage(usage(), heads(), heads(), 1.5), 'decay: expected a number from 0 to 1, got 1.5'],
    [
      () => updateUsage(usage(), heads(), heads(), Number.NaN),
      'decay: expected a number from 0 to 1, got NaN',
    ],
    [() => leastUsedWeighting(usage(), 0), 'count: expected an integer of at least 1, got 0'],
    [() => leastUsedWeighting(usage(), 5), 'count: expected at most the 4 rows of usage, got 5'],
    [
      () => writeWeighting(ones([2, 2]), heads(), usage()),
      'gate: expected shape [2, 3] (one number per head), got [2, 2]',
    ],
    [
      () => writeWeighting(ones([2, 3]), heads(), ones<Rank.R2>([2, 5])),
      'readWeights: expected shape [2, heads, 5] (batch 2, memorySize 5), got [2, 3, 4]',
    ],
  ]);
});
