import { expectMistakes, expectTooLarge, onEachBackend, onEachEngine, testDtypes } from '@tapehead/testing';
import { cast, oneHot, ones, type Tensor, tensor1d, tidy, unstack, zeros } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { registerFused } from './fused.js';
import { constantMemory, randomMemory, read, repeatMemory, write } from './index.js';
import { kernelNames } from './testing/kernelNames.js';

const list = (given: Tensor): number[] => Array.from(given.dataSync());
const odd = (text: string) => JSON.parse(text);

onEachEngine('numbers of any type', { registerFused, kernelNames }, () => {
  const [weights, vectors] = [
    [2, 3, 5],
    [2, 3, 4],
  ];
  testDtypes('write', [[2, 5, 4], weights, vectors, vectors], ([m, w, e, a]) =>
    write(m ?? 0, w ?? 0, e ?? 0, a ?? 0),
  );
  testDtypes('read', [[2, 5, 4], weights], ([m, w]) => read(m ?? 0, w ?? 0));
  testDtypes('repeatMemory', [[5, 4]], ([contents]) => repeatMemory(contents ?? 0, 3));

  test('as oneHot gives them, and in arrays', () => {
    tidy(() => {
      const memory = ones([1, 3, 2]);
      const row = oneHot(tensor1d([1], 'int32'), 3);
      const written = [1, 1, 4, 4.5, 1, 1];
      expect(list(write(memory, row, [[1, 1]], [[4, 4.5]]))).toEqual(written);
      expect(list(write(memory.arraySync(), [[0, 1, 0]], [[1, 1]], [[4, 4.5]]))).toEqual(written);
      expect(list(write(cast(memory, 'int32'), row, [[0.5, 0.5]], [[0, 0]]))).toEqual([1, 1, 0.5, 0.5, 1, 1]);
      const [first] = unstack(row, 0);
      expect(list(read(memory, [first?.arraySync() ?? 0]))).toEqual([1, 1]);
    });
  });

  const disposed = () => {
    const gone = ones([1, 3]);
    gone.dispose();
    return gone;
  };
  const memory = () => ones([1, 3, 2]);
  const row = () => ones([1, 3]);
  const vector = () => ones([1, 2]);
  expectMistakes([
    [() => read(odd('null'), row()), 'memory: expected a tensor of numbers, got null'],
    [
      () => read(memory(), disposed()),
      'weights: expected a tensor of numbers, got a tensor that was disposed',
    ],
    [() => read(zeros([0, 3, 2]), zeros([0, 3])), 'memory: expected no empty axis, got shape [0, 3, 2]'],
    [() => read(memory(), zeros([1, 0, 3])), 'weights: expected no empty axis, got shape [1, 0, 3]'],
    [() => write(memory(), row(), odd('{}'), vector()), 'erase: expected a tensor of numbers, got an object'],
    [() => write(memory(), row(), vector(), 1), 'add: expected shape [1, 2] (memoryDim 2), got []'],
    [
      () => write(memory(), row(), vector(), vector(), odd('{"engin":"auto"}')),
      "write: unknown option 'engin', did you mean 'engine'?",
    ],
    [
      () => constantMemory(odd('{"memorySize":2,"memorydim":3}')),
      "constantMemory: unknown option 'memorydim', did you mean 'memoryDim'?",
    ],
    [() => randomMemory(odd('null')), 'randomMemory: expected an object of options, got null'],
    [
      () => randomMemory({ memorySize: 2, memoryDim: 3, seed: Number.NaN }),
      'seed: expected a finite number, got NaN',
    ],
    [() => repeatMemory(ones([3, 2]), odd('null')), 'batch: expected an integer of at least 1, got null'],
  ]);
});

onEachBackend('what no memory holds', () => {
  const many = 100_000;
  expectTooLarge([
    [() => repeatMemory(ones([3, 2]), 1e12), 'repeatMemory of batch 1000000000000 and [3, 2]'],
    [() => constantMemory({ memorySize: 1e12, memoryDim: 20 }), 'constantMemory of 1000000000000 rows of 20'],
    [
      () => randomMemory({ memorySize: 2, memoryDim: 2 ** 53 - 1 }),
      'randomMemory of 2 rows of 9007199254740991',
    ],
    [
      () => read(zeros([1, 1, many]), zeros([1, many, 1])),
      'read of batch 1, 100000 heads and rows of 100000',
    ],
  ]);
});
