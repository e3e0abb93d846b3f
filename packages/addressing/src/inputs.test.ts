import { expectMistakes, expectTooLarge, onEachBackend, onEachEngine, testDtypes } from '@tapehead/testing';
import {
  add,
  complex,
  fill,
  memory as memoryOfTfjs,
  ones,
  randomUniform,
  scalar,
  stack,
  sum,
  type Tensor,
  tensor,
  tensor1d,
  tensor2d,
  tidy,
  unstack,
  variable,
  zeros,
} from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import * as dnc from './dnc.js';
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
import * as mann from './mann.js';
import { kernelNames } from './testing/kernelNames.js';

const at = (inputs: Tensor[], i: number): Tensor => inputs[i] ?? scalar(0);
const list = (given: Tensor): number[] => Array.from(given.dataSync());
const [B, H, N, M] = [2, 3, 5, 4];
const [rows, heads, scalars] = [
  [B, N],
  [B, H, N],
  [B, H],
];

const headOf = (inputs: Tensor[]) => ({
  key: at(inputs, 0),
  beta: at(inputs, 1),
  gate: at(inputs, 2),
  shift: at(inputs, 3),
  gamma: at(inputs, 4),
});

onEachEngine('numbers of any type', { registerFused, kernelNames }, () => {
  const ofHead = [[B, H, M], scalars, scalars, [B, H, 3], scalars, [B, N, M], heads];
  testDtypes('address', ofHead, (x) => address(headOf(x), at(x, 5), at(x, 6)));
  testDtypes('addressingStages', ofHead, (x) => {
    const { content, interpolated, shifted, sharpened } = addressingStages(headOf(x), at(x, 5), at(x, 6));
    return stack([content, interpolated, shifted, sharpened]);
  });
  testDtypes('contentAddressing', [[B, H, M], [B, N, M], scalars], ([k, m, b]) =>
    contentAddressing(k ?? 0, m ?? 0, b ?? 0),
  );
  testDtypes('interpolate', [scalars, heads, heads], ([g, c, p]) => interpolate(g ?? 0, c ?? 0, p ?? 0));
  testDtypes('circularShift', [heads, [B, H, 3]], ([w, s]) => circularShift(w ?? 0, s ?? 0));
  testDtypes('sharpen', [heads, scalars], ([w, g]) => sharpen(w ?? 0, g ?? 0));
  testDtypes('headParameters', [[B, 20]], ([raw]) => {
    const { key, beta, gate, shift, gamma } = headParameters(raw ?? 0, { memoryDim: 4 });
    return add(add(sum(key, 2), sum(shift, 2)), add(beta, add(gate, gamma)));
  });
  testDtypes('retentionVector', [scalars, heads], ([f, w]) => dnc.retentionVector(f ?? 0, w ?? 0));
  testDtypes('updateUsage', [rows, rows, rows], ([u, w, r]) => dnc.updateUsage(u ?? 0, w ?? 0, r ?? 0));
  testDtypes('allocationWeighting', [rows], ([u]) => dnc.allocationWeighting(u ?? 0));
  testDtypes('writeWeighting', [[B, 1], [B], rows, rows], ([g, a, f, c]) =>
    dnc.writeWeighting(g ?? 0, a ?? 0, f ?? 0, c ?? 0),
  );
  testDtypes('updatePrecedence', [rows, rows], ([p, w]) => dnc.updatePrecedence(p ?? 0, w ?? 0));
  testDtypes('updateLinks', [[B, N, N], rows, rows], ([l, p, w]) => dnc.updateLinks(l ?? 0, p ?? 0, w ?? 0));
  testDtypes('forwardWeighting', [[B, N, N], heads], ([l, w]) => dnc.forwardWeighting(l ?? 0, w ?? 0));
  testDtypes('backwardWeighting', [[B, N, N], heads], ([l, w]) => dnc.backwardWeighting(l ?? 0, w ?? 0));
  testDtypes('readWeighting', [heads, heads, heads, [B, H, 3]], ([b, c, f, m]) =>
    dnc.readWeighting(m ?? 0, b ?? 0, c ?? 0, f ?? 0),
  );
  testDtypes('leastUsedWeighting', [rows], ([u]) => mann.leastUsedWeighting(u ?? 0, 2));
  testDtypes('updateUsage of MANN', [rows, heads, rows], ([u, r, w]) =>
    mann.updateUsage(u ?? 0, r ?? 0, w ?? 0, 0.5),
  );
  testDtypes('writeWeighting of MANN', [scalars, heads, rows], ([g, r, l]) =>
    mann.writeWeighting(g ?? 0, r ?? 0, l ?? 0),
  );

  test('and arrays of them, and one number for all heads and sequences', () => {
    tidy(() => {
      const random = (shape: number[], seed: number) => randomUniform(shape, 0, 1, 'float32', seed);
      const [key, memory, previous, shift] = [
        random([B, H, M], 1),
        random([B, N, M], 2),
        random(heads, 3),
        random([B, H, 3], 4),
      ];
      const head = { key, beta: 5, gate: scalar(0.5), shift, gamma: 2 };
      const full = { key, beta: fill(scalars, 5), gate: fill(scalars, 0.5), shift, gamma: fill(scalars, 2) };
      const wanted = list(address(full, memory, previous));
      expect(list(address(head, memory, previous))).toEqual(wanted);
      const arrays = { ...head, key: key.arraySync(), shift: variable(shift), beta: full.beta.arraySync() };
      expect(list(address(arrays, memory.arraySync(), previous.arraySync()))).toEqual(wanted);
      arrays.shift.dispose();
      const blurred = list(sharpen(previous, full.gamma));
      expect(list(sharpen(previous, 2))).toEqual(blurred);
      expect(list(sharpen(previous, scalar(2, 'int32')))).toEqual(blurred);
      const [first] = unstack(key, 1);
      expect(list(contentAddressing(first ?? 0, memory, new Float32Array([5, 5])))).toEqual(
        list(contentAddressing(first ?? 0, memory, 5)),
      );
      expect(list(dnc.writeWeighting(true, 0.25, [[1, 0]], [[0, 1]]))).toEqual([0.25, 0.75]);
    });
  });

  test('NaN goes in and comes out', () => {
    tidy(() => {
      const nan = tensor2d([[Number.NaN, 1, 0]]);
      expect(list(sharpen(nan, 2)).every(Number.isNaN)).toBe(true);
      expect(list(contentAddressing([[1]], [[[Number.NaN], [1]]], 1)).every(Number.isNaN)).toBe(true);
      expect(list(interpolate(0.5, nan, nan))[0]).toBeNaN();
      expect(list(dnc.updatePrecedence(nan, nan)).some(Number.isNaN)).toBe(true);
    });
  });

  const memory = () => ones([2, 3, 4]);
  const previous = () => ones([2, 3]);
  const head = () => ({ key: ones([2, 4]), beta: 1, gate: 1, shift: ones([2, 3]), gamma: 1 });
  const odd = (text: string) => JSON.parse(text);
  const disposed = () => {
    const gone = ones([2, 3]);
    gone.dispose();
    return gone;
  };
  expectMistakes([
    [() => sharpen(odd('null'), 2), 'weights: expected a tensor of numbers, got null'],
    [() => sharpen(disposed(), 2), 'weights: expected a tensor of numbers, got a tensor that was disposed'],
    [() => sharpen(tensor([['a']]), 2), 'weights: expected a tensor of numbers, got a tensor of string'],
    [
      () => sharpen([[1, 2], [3]], 2),
      'weights: expected a tensor of numbers, got an array of 2, ragged or not of numbers',
    ],
    [
      () => sharpen(odd('[["1"]]'), 2),
      'weights: expected a tensor of numbers, got an array of 1, ragged or not of numbers',
    ],
    [() => sharpen(previous(), odd('{"gamma":1}')), 'gamma: expected a tensor of numbers, got an object'],
    [() => sharpen(zeros([0, 3]), 2), 'weights: expected no empty axis, got shape [0, 3]'],
    [() => sharpen(2, 2), 'weights: expected shape [batch, memorySize], got []'],
    [
      () => contentAddressing(ones([2, 0]), ones([2, 3, 0]), 1),
      'memory: expected no empty axis, got shape [2, 3, 0]',
    ],
    [
      () => contentAddressing(ones([2, 4]), zeros([2, 0, 4]), 1),
      'memory: expected no empty axis, got shape [2, 0, 4]',
    ],
    [
      () => contentAddressing(zeros([2, 0, 4]), memory(), 1),
      'key: expected no empty axis, got shape [2, 0, 4]',
    ],
    [
      () => address(odd('null'), memory(), previous()),
      'head: expected { key, beta, gate, shift, gamma }, got null',
    ],
    [
      () => address(odd('[]'), memory(), previous()),
      'head: expected { key, beta, gate, shift, gamma }, got an array of 0',
    ],
    [
      () => address({ ...head(), beta: odd('null') }, memory(), previous()),
      'beta: expected a tensor of numbers, got null',
    ],
    [
      () => address({ ...head(), gamma: tensor1d([1, 1, 1]) }, memory(), previous()),
      'gamma: expected shape [2] (one number per head), got [3]',
    ],
    [
      () => address(head(), memory(), ones([2, 1, 3])),
      'previous: expected shape [2, 3] (the shape of content), got [2, 1, 3]',
    ],
    [
      () => address(head(), memory(), previous(), odd('{"engin":"fused"}')),
      "address: unknown option 'engin', expected 'engine' or 'epsilon'",
    ],
    [
      () => address(head(), memory(), previous(), odd('null')),
      'address: expected an object of options, got null',
    ],
    [
      () => headParameters(ones([1, 10]), odd('{"memoryDim":4,"shift":3}')),
      "headParameters: unknown option 'shift', did you mean 'shifts'?",
    ],
    [
      () => headSize(odd('{"memorydim":4}')),
      "headSize: unknown option 'memorydim', did you mean 'memoryDim'?",
    ],
    [() => headSize(odd('3')), 'headSize: expected an object of options, got 3'],
  ]);

  test('what a head says beside where to look is not read', () => {
    const weights = () => address({ ...head(), ...{ erase: 'odd' } }, memory(), previous());
    tidy(() => void expect(list(weights())).toEqual(list(address(head(), memory(), previous()))));
  });
});

onEachBackend('what no memory holds', (backend) => {
  const many = 100_000;
  expectTooLarge([
    [
      () => contentAddressing(zeros([1, many, 1]), zeros([1, many, 1]), 1),
      'contentAddressing of batch 1, 100000 heads and 100000 rows',
    ],
    [
      () => circularShift(zeros([1, many]), zeros([1, many - 1])),
      'circularShift of batch 1, 1 heads, 100000 rows and 99999 taps',
    ],
    [
      () => dnc.allocationWeighting(zeros([1, many])),
      'allocationWeighting of batch 1 and 100000 rows, which compares each row with each',
    ],
    [
      () => mann.leastUsedWeighting(zeros([1, many])),
      'leastUsedWeighting of batch 1 and 100000 rows, which compares each row with each',
    ],
  ]);

  test('complex numbers are no numbers here', () => {
    if (backend === 'wasm') return; // tfjs has none there
    tidy(() => {
      const given = complex([1], [2]);
      expect(() => sharpen(given, 2)).toThrow(
        'weights: expected a tensor of numbers, got a tensor of complex64',
      );
    });
  });

  test('a refusal in the middle leaves no tensor behind', () => {
    const { numTensors } = memoryOfTfjs();
    expect(() =>
      address({ key: [[1]], beta: 1, gate: 1, shift: [[1]], gamma: [[1, 2]] }, [[[1]]], [[1]]),
    ).toThrow('gamma');
    expect(memoryOfTfjs().numTensors).toBe(numTensors);
  });
});
