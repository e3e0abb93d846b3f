import { expectClose, expectMistakes, expectNoLeak, onEachBackend, onEachEngine } from '@tapehead/testing';
import {
  expandDims,
  ones,
  type Rank,
  randomUniform,
  softmax,
  type Tensor3D,
  tensor1d,
  tidy,
} from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { registerFused } from './fused.js';
import {
  address,
  addressingStages,
  circularShift,
  contentAddressing,
  headParameters,
  headSize,
  interpolate,
  sharpen,
} from './index.js';
import { kernelNames } from './testing/kernelNames.js';

const cube = (shape: [number, number, number], seed: number) =>
  randomUniform<Rank.R3>(shape, 0, 1, 'float32', seed);
const matrix = (shape: [number, number], seed: number) =>
  randomUniform<Rank.R2>(shape, 0, 1, 'float32', seed);

onEachEngine('the public functions', { registerFused, kernelNames }, () => {
  test('give a single head without its axis what they give it with its axis', () => {
    tidy(() => {
      const [memory, key, shift, previous] = [
        cube([2, 6, 4], 1),
        matrix([2, 4], 2),
        matrix([2, 3], 3),
        matrix([2, 6], 4),
      ];
      const scalar = tensor1d([1.5, 2.5]);
      const head = { key, beta: scalar, gate: tensor1d([0.3, 0.6]), shift: softmax(shift), gamma: scalar };
      const column = { ...head, beta: expandDims(scalar, 1), gamma: expandDims(scalar, 1) };
      const three = {
        ...column,
        gate: expandDims(head.gate, 1),
        key: expandDims<Tensor3D>(key, 1),
        shift: expandDims<Tensor3D>(head.shift, 1),
      };
      const weights = address(head, memory, softmax(previous));
      expect(weights.shape).toEqual([2, 6]);
      expectClose(address(column, memory, softmax(previous)), weights, 1e-7);
      expectClose(address(three, memory, expandDims<Tensor3D>(softmax(previous), 1)), weights, 1e-7);
    });
  });

  test('leave no tensor behind', () => {
    const head = headParameters(matrix([2, 20], 1), { memoryDim: 4 });
    const [memory, previous] = [cube([2, 6, 4], 2), softmax(cube([2, 2, 6], 3))];
    expectNoLeak(() => address(head, memory, previous));
    expectNoLeak(() => addressingStages(head, memory, previous));
    const raw = matrix([2, 20], 4);
    expectNoLeak(() => ({ ...headParameters(raw, { memoryDim: 4 }) }));
    expectNoLeak(() => contentAddressing(head.key, memory, head.beta));
    expectNoLeak(() => interpolate(head.gate, previous, previous));
    expectNoLeak(() => circularShift(previous, head.shift));
    expectNoLeak(() => sharpen(previous, head.gamma));
  });
});

onEachBackend('a mistake is told in one sentence', () => {
  const memory = () => ones<Rank.R3>([4, 8, 20]);
  expectMistakes([
    [
      () => contentAddressing(ones<Rank.R2>([4, 16]), memory(), ones([4, 1])),
      'key: expected shape [4, 20] (batch 4, memoryDim 20), got [4, 16]',
    ],
    [
      () => contentAddressing(ones<Rank.R2>([3, 20]), memory(), ones([3, 1])),
      'key: expected shape [4, 20] (batch 4, memoryDim 20), got [3, 20]',
    ],
    [
      () => contentAddressing(ones<Rank.R2>([4, 20]), memory(), ones([4, 2])),
      'beta: expected shape [4, 1] (one number per head), got [4, 2]',
    ],
    [
      () => interpolate(ones([4, 1]), ones<Rank.R2>([4, 8]), ones<Rank.R2>([4, 9])),
      'previous: expected shape [4, 8] (the shape of content), got [4, 9]',
    ],
    [
      () => circularShift(ones<Rank.R2>([4, 8]), ones<Rank.R2>([4, 2])),
      'shift: expected an odd number of taps, at most one for each of the 8 rows, got 2',
    ],
    [
      () => circularShift(ones<Rank.R2>([4, 3]), ones<Rank.R2>([4, 5])),
      'shift: expected an odd number of taps, at most one for each of the 3 rows, got 5',
    ],
    [
      () => sharpen(ones<Rank.R3>([4, 2, 8]), ones([4, 3])),
      'gamma: expected shape [4, 2] (one number per head), got [4, 3]',
    ],
    [() => headSize({ memoryDim: 4, shifts: 2 }), 'shifts: expected an odd number of taps, got 2'],
    [() => headSize({ memoryDim: -1 }), 'memoryDim: expected an integer of at least 1, got -1'],
    [
      () => headParameters(ones<Rank.R2>([4, 11]), { memoryDim: 4 }),
      'raw: expected a multiple of 10 columns (memoryDim 4 + shifts 3 + 3 a head), got 11',
    ],
  ]);
});
