import {
  expectClose,
  expectGolden,
  expectMistakes,
  expectNoLeak,
  type GoldenCase,
  type GoldenInputs,
  onEachBackend,
  onEachEngine,
  valueTolerance,
} from '@tapehead/testing';
import {
  concat,
  ones,
  type Rank,
  randomUniform,
  type Scalar,
  sum,
  type Tensor,
  type Tensor2D,
  tensor2d,
  tensor3d,
  tidy,
  variable,
  variableGrads,
  zeros,
} from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import fixtures from '../fixtures/memory.json' with { type: 'json' };
import { registerFused } from './fused.js';
import { constantMemory, randomMemory, read, repeatMemory, write } from './index.js';
import { kernelNames } from './testing/kernelNames.js';

const cases: GoldenCase[] = fixtures;

const formulas: Record<string, (given: GoldenInputs) => Tensor> = {
  read: (given) => read(given.cube('memory'), given.cube('weights')),
  write: (given) =>
    write(given.cube('memory'), given.cube('weights'), given.cube('erase'), given.cube('add')),
};

const cube = (shape: [number, number, number], seed: number) =>
  randomUniform<Rank.R3>(shape, 0, 1, 'float32', seed);

onEachEngine('float64 golden vectors of the memory', { registerFused, kernelNames }, () => {
  test.each(Object.entries(formulas))('%s agrees in value and gradient', (name, formula) => {
    const own = cases.filter((each) => each.function === name);
    expect(own.length).toBeGreaterThan(0);
    for (const golden of own) expectGolden(golden, formula);
  });
});

onEachEngine('reading and writing', { registerFused, kernelNames }, () => {
  test('write equals equations 3 and 4 in loops, head after head', () => {
    tidy(() => {
      const [memory, weights, erase, add] = [
        cube([2, 5, 3], 1),
        cube([2, 3, 5], 2),
        cube([2, 3, 3], 3),
        cube([2, 3, 3], 4),
      ];
      const [w, e, a] = [weights.arraySync(), erase.arraySync(), add.arraySync()];
      const wanted = memory.arraySync().map((rows, b) =>
        rows.map((row, i) =>
          row.map((cell, m) => {
            let value = cell;
            for (let h = 0; h < 3; h++) value *= 1 - (w[b]?.[h]?.[i] ?? 0) * (e[b]?.[h]?.[m] ?? 0);
            for (let h = 0; h < 3; h++) value += (w[b]?.[h]?.[i] ?? 0) * (a[b]?.[h]?.[m] ?? 0);
            return value;
          }),
        ),
      );
      expectClose(write(memory, weights, erase, add), wanted, valueTolerance);
    });
  });

  test('a one-hot write with a full erase replaces one row and touches no other', () => {
    tidy(() => {
      const memory = cube([1, 4, 3], 1);
      const written = write(
        memory,
        tensor2d([[0, 0, 1, 0]]),
        ones<Rank.R2>([1, 3]),
        tensor2d([[7, 8, 9]]),
      ).arraySync();
      const wanted = memory.arraySync();
      wanted[0]?.splice(2, 1, [7, 8, 9]);
      expect(written).toEqual(wanted);
    });
  });

  test('a head that only erases and one that only adds clear a row, then write (Santoro et al. 2016, equation 8)', () => {
    tidy(() => {
      const [memory, weights, key] = [cube([1, 4, 3], 1), cube([1, 1, 4], 2), cube([1, 1, 3], 3)];
      const cleared = tensor3d([[[0, 0, 1, 0]]]);
      const written = write(
        memory,
        concat([cleared, weights], 1),
        concat([ones<Rank.R3>([1, 1, 3]), zeros<Rank.R3>([1, 1, 3])], 1),
        concat([zeros<Rank.R3>([1, 1, 3]), key], 1),
      );
      const [w, k] = [weights.arraySync()[0]?.[0], key.arraySync()[0]?.[0]];
      const wanted = memory
        .arraySync()
        .map((rows) =>
          rows.map((row, i) => row.map((cell, m) => (i === 2 ? 0 : cell) + (w?.[i] ?? 0) * (k?.[m] ?? 0))),
        );
      expectClose(written, wanted, valueTolerance);
    });
  });

  test('a one-hot read gives that row, and a single head may drop its axis', () => {
    tidy(() => {
      const memory = cube([1, 4, 3], 1);
      const row = read(memory, tensor2d([[0, 1, 0, 0]]));
      expect(row.shape).toEqual([1, 3]);
      expect(row.arraySync()[0]).toEqual(memory.arraySync()[0]?.[1]);
    });
  });

  test('the memories of a batch do not mix', () => {
    tidy(() => {
      const memory = variable(cube([2, 4, 3], 1));
      const weights = tensor2d([
        [0.2, 0.3, 0.4, 0.1],
        [0, 0, 0, 0],
      ]);
      const first = () => sum<Scalar>(read(memory, weights));
      const { grads } = variableGrads(first, [memory]);
      const gradient = Object.values(grads)[0]?.arraySync() as number[][][];
      expect(gradient[1]).toEqual([
        [0, 0, 0],
        [0, 0, 0],
        [0, 0, 0],
        [0, 0, 0],
      ]);
      memory.dispose();
    });
  });

  test('leave no tensor behind', () => {
    const [memory, weights, vectors] = [cube([2, 5, 3], 1), cube([2, 2, 5], 2), cube([2, 2, 3], 3)];
    expectNoLeak(() => read(memory, weights));
    const single = zeros<Rank.R2>([2, 5]);
    expectNoLeak(() => read(memory, single));
    expectNoLeak(() => write(memory, weights, vectors, vectors));
    const contents = randomMemory({ memorySize: 5, memoryDim: 3, seed: 1 });
    expectNoLeak(() => repeatMemory(contents, 2));
  });
});

onEachBackend('initial contents', () => {
  const sizes = { memorySize: 16, memoryDim: 5 };

  test('constant memory is 1e-6 unless told', () => {
    tidy(() => {
      expectClose(constantMemory(sizes), Array(80).fill(1e-6), valueTolerance);
      expectClose(constantMemory({ ...sizes, value: 0.5 }), Array(80).fill(0.5), valueTolerance);
    });
  });

  test.each([1, 2, 3])('random memory with seed %i is the same twice, and no two rows are alike', (seed) => {
    tidy(() => {
      const [once, again] = [
        randomMemory({ ...sizes, seed }).arraySync(),
        randomMemory({ ...sizes, seed }).arraySync(),
      ];
      expect(once).toEqual(again);
      expect(new Set(once.map(String)).size).toBe(16);
      expect(Math.max(...once.flat().map(Math.abs))).toBeLessThanOrEqual(1 / Math.sqrt(21));
    });
  });

  test('a variable repeated over a batch is learned: its gradient is the sum over the batch', () => {
    tidy(() => {
      const contents = variable(randomMemory({ ...sizes, seed: 1 }));
      const { grads } = variableGrads(() => sum<Scalar>(repeatMemory(contents, 3)), [contents]);
      expectClose(Object.values(grads)[0] ?? [], Array(80).fill(3), valueTolerance);
      contents.dispose();
    });
  });
});

onEachBackend('a mistake is told in one sentence', () => {
  const memory = () => ones<Rank.R3>([2, 8, 4]);
  const matrix = (columns: number): Tensor2D => ones<Rank.R2>([2, columns]);
  expectMistakes([
    [() => read(memory(), matrix(7)), 'weights: expected shape [2, 8] (batch 2, memorySize 8), got [2, 7]'],
    [
      () => write(memory(), matrix(8), matrix(5), matrix(4)),
      'erase: expected shape [2, 4] (memoryDim 4), got [2, 5]',
    ],
    [
      () => write(memory(), matrix(8), matrix(4), matrix(3)),
      'add: expected shape [2, 4] (memoryDim 4), got [2, 3]',
    ],
    [
      () => constantMemory({ memorySize: 0, memoryDim: 4 }),
      'memorySize: expected an integer of at least 1, got 0',
    ],
    [
      () => constantMemory({ memorySize: 2, memoryDim: 4, value: Number.NaN }),
      'value: expected a finite number, got NaN',
    ],
    [
      () => randomMemory({ memorySize: 2, memoryDim: -4 }),
      'memoryDim: expected an integer of at least 1, got -4',
    ],
    [() => repeatMemory(matrix(3), 1.5), 'batch: expected an integer of at least 1, got 1.5'],
  ]);
});
