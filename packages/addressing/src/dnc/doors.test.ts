import { expectClose, expectMistakes, expectNoLeak, onEachBackend, valueTolerance } from '@tapehead/testing';
import {
  expandDims,
  ones,
  type Rank,
  randomUniform,
  type Tensor2D,
  type Tensor3D,
  tensor1d,
  tensor2d,
  tidy,
} from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import {
  allocationWeighting,
  backwardWeighting,
  forwardWeighting,
  readWeighting,
  retentionVector,
  updateLinks,
  updatePrecedence,
  updateUsage,
  writeWeighting,
} from '../dnc.js';

const cube = (shape: [number, number, number], seed: number): Tensor3D =>
  randomUniform<Rank.R3>(shape, 0, 1, 'float32', seed);
const matrix = (shape: [number, number], seed: number): Tensor2D =>
  randomUniform<Rank.R2>(shape, 0, 1, 'float32', seed);
onEachBackend('the public functions of the DNC', () => {
  test('give a single head without its axis what they give it with its axis', () => {
    tidy(() => {
      const [links, read, gate] = [cube([2, 4, 4], 1), matrix([2, 4], 2), tensor1d([0.3, 0.6])];
      const withHead = expandDims<Tensor3D>(read, 1);
      const column: Tensor2D = expandDims(gate, 1);
      for (const f of [gate, column]) {
        expectClose(retentionVector(f, read), retentionVector(column, withHead), valueTolerance);
      }
      expect(forwardWeighting(links, read).shape).toEqual([2, 4]);
      expectClose(forwardWeighting(links, read), forwardWeighting(links, withHead), valueTolerance);
      expectClose(backwardWeighting(links, read), backwardWeighting(links, withHead), valueTolerance);
      const modes = matrix([2, 3], 3);
      const single = readWeighting(modes, read, read, read);
      expect(single.shape).toEqual([2, 4]);
      expectClose(
        single,
        readWeighting(expandDims<Tensor3D>(modes, 1), withHead, withHead, withHead),
        valueTolerance,
      );
      expectClose(
        writeWeighting(gate, gate, read, read),
        writeWeighting(column, column, read, read),
        valueTolerance,
      );
    });
  });

  test('leave no tensor behind', () => {
    const [links, rows, heads, single] = [
      cube([2, 5, 5], 1),
      matrix([2, 5], 2),
      cube([2, 3, 5], 3),
      matrix([2, 1], 4),
    ];
    const [gates, modes] = [matrix([2, 3], 5), cube([2, 3, 3], 6)];
    expectNoLeak(() => retentionVector(gates, heads));
    expectNoLeak(() => retentionVector(single, rows));
    expectNoLeak(() => updateUsage(rows, rows, rows));
    expectNoLeak(() => allocationWeighting(rows));
    expectNoLeak(() => writeWeighting(single, single, rows, rows));
    expectNoLeak(() => updatePrecedence(rows, rows));
    expectNoLeak(() => updateLinks(links, rows, rows));
    expectNoLeak(() => forwardWeighting(links, heads));
    expectNoLeak(() => backwardWeighting(links, rows));
    expectNoLeak(() => readWeighting(modes, heads, heads, heads));
  });
});

onEachBackend('a mistake with the DNC is told in one sentence', () => {
  const rows = (): Tensor2D => ones([2, 4]);
  const heads = (): Tensor3D => ones([2, 3, 4]);
  expectMistakes([
    [
      () => retentionVector(ones([2, 2]), heads()),
      'freeGate: expected shape [2, 3] (one number per head), got [2, 2]',
    ],
    [
      () => updateUsage(rows(), tensor2d([[1, 2]]), rows()),
      'writeWeights: expected shape [2, 4] (the shape of usage), got [1, 2]',
    ],
    [
      () => updateUsage(rows(), rows(), ones<Rank.R2>([2, 5])),
      'retention: expected shape [2, 4] (the shape of usage), got [2, 5]',
    ],
    [
      () => writeWeighting(ones([2, 1]), ones([2, 1]), rows(), ones<Rank.R2>([2, 5])),
      'content: expected shape [2, 4] (the shape of allocation), got [2, 5]',
    ],
    [
      () => writeWeighting(ones([3]), ones([2]), rows(), rows()),
      'writeGate: expected shape [2] (one number per head), got [3]',
    ],
    [
      () => writeWeighting(ones([2]), ones([2, 4]), rows(), rows()),
      'allocationGate: expected shape [2, 1] (one number per head), got [2, 4]',
    ],
    [
      () => updatePrecedence(rows(), ones<Rank.R2>([2, 5])),
      'writeWeights: expected shape [2, 4] (the shape of precedence), got [2, 5]',
    ],
    [
      () => updateLinks(ones<Rank.R3>([2, 4, 5]), rows(), rows()),
      'links: expected shape [2, 4, 4] (batch 2, memorySize 4), got [2, 4, 5]',
    ],
    [
      () => forwardWeighting(ones<Rank.R3>([1, 4, 4]), heads()),
      'links: expected shape [2, 4, 4] (batch 2, memorySize 4), got [1, 4, 4]',
    ],
    [
      () => readWeighting(ones<Rank.R3>([2, 3, 2]), heads(), heads(), heads()),
      'modes: expected shape [2, 3, 3] (backward, content, forward), got [2, 3, 2]',
    ],
  ]);
});
