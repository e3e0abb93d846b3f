import {
  expectClose,
  expectMistakes,
  expectNoLeak,
  gradientTolerance,
  onEachEngine,
  slopesOf,
  valueTolerance,
} from '@tapehead/testing';
import {
  concat,
  getBackend,
  memory,
  mul,
  type Rank,
  randomUniform,
  type Scalar,
  slice,
  square,
  stack,
  sum,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tensor3d,
  tidy,
  unstack,
  zeros,
} from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { registerFused } from '../fused.js';
import { LSTMBaseline, type LstmBaselineOptions } from '../index.js';
import { baselineKernelNames } from '../testing/kernelNames.js';
import { slowBaseline } from '../testing/slowBaseline.js';

const small = { inputSize: 3, outputSize: 2, layers: 3, size: 5, seed: 1 } satisfies LstmBaselineOptions;
const cube = (shape: [number, number, number], seed: number): Tensor3D =>
  randomUniform<Rank.R3>(shape, -1, 1, 'float32', seed);

/** Random values in all variables, the biases and the start too. */
function randomized(net: LSTMBaseline, seed: number): LSTMBaseline {
  for (const [i, variable] of Object.values(net.parameters).entries()) {
    tidy(() => variable.assign(randomUniform(variable.shape, -0.7, 0.7, 'float32', seed + i)));
  }
  return net;
}

function numbersOf(net: LSTMBaseline): Record<string, number[]> {
  return Object.fromEntries(
    Object.entries(net.parameters).map(([name, each]) => [name, Array.from(each.dataSync())]),
  );
}

function matrix(tensor: Tensor | undefined): Tensor2D {
  if (tensor && isMatrix(tensor)) return tensor;
  throw new Error('two axes');
}
const isMatrix = (tensor: Tensor): tensor is Tensor2D => tensor.rank === 2;

onEachEngine('the LSTM baseline', { registerFused, kernelNames: baselineKernelNames }, (engine) => {
  test('runs on this engine', () => {
    const net = LSTMBaseline.build(small);
    expect(net.runsOn).toBe(engine);
    net.dispose();
  });

  test('asking for the engine that is not there says what to do; reference is always there', () => {
    const options = { ...small, engine: 'fused' } satisfies LstmBaselineOptions;
    const net = LSTMBaseline.build(options);
    if (engine === 'fused') expect(net.runsOn).toBe('fused');
    else {
      expect(() => net.sequence(cube([1, 2, 3], 1))).toThrow(
        `engine: 'fused' is not there: no kernels are registered on the tfjs backend '${getBackend()}'; ` +
          'on wasm and cpu, await registerFused() of @tapehead/ntm/fused first',
      );
    }
    expect(net.config).toEqual(LSTMBaseline.build({ ...small, engine: 'reference' }).config);
    expect(LSTMBaseline.build({ ...small, engine: 'reference' }).runsOn).toBe('reference');
    net.dispose();
  });

  test('agrees with a float64 transcription, in value and, by finite differences, in all gradients', () => {
    tidy(() => {
      for (const seed of [1, 2, 3]) {
        const net = randomized(LSTMBaseline.build(small), seed);
        const x = cube([1, 4, 3], seed);
        const along = cube([1, 4, 2], seed + 50);
        const steps = x.arraySync()[0] ?? [];
        const numbers = numbersOf(net);
        expectClose(net.sequence(x).logits, slowBaseline(small, numbers, steps), valueTolerance);
        const names = Object.keys(numbers);
        const cotangent = along.dataSync();
        const cost = (lists: number[][]): number => {
          const given = Object.fromEntries(names.map((name, i) => [name, lists[i] ?? []]));
          const logits = slowBaseline(small, given, steps).flat();
          return logits.reduce((total, each, i) => total + each * (cotangent[i] ?? 0), 0);
        };
        const slopes = slopesOf(cost, Object.values(numbers));
        const { grads } = net.differentiate(x, (logits) => sum<Scalar>(mul(logits, along)));
        for (const [i, name] of names.entries()) {
          const gradient = grads[net.parameters[name]?.name ?? ''];
          expectClose(gradient ?? [], slopes[i] ?? [], gradientTolerance, name);
        }
        net.dispose();
      }
    });
  });

  test('a sequence is its steps, and one may stop and go on anywhere', () => {
    tidy(() => {
      const net = randomized(LSTMBaseline.build(small), 4);
      const x = cube([2, 6, 3], 1);
      const whole = net.sequence(x);
      const outputs: Tensor2D[] = [];
      let state = net.initialState(2);
      for (const xt of unstack(x, 1)) {
        const step = net.step(matrix(xt), state);
        outputs.push(step.output);
        state = step.state;
      }
      expectClose(stack(outputs, 1), whole.output, 1e-6);
      const first = net.sequence(slice(x, [0, 0, 0], [-1, 4, -1]));
      const rest = net.sequence(slice(x, [0, 4, 0], [-1, 2, -1]), { state: first.state });
      expectClose(concat([first.output, rest.output], 1), whole.output, 1e-6);
      for (const [l, { h, c }] of whole.state.cells.entries()) {
        expectClose(rest.state.cells[l]?.h ?? [], h, 1e-6);
        expectClose(rest.state.cells[l]?.c ?? [], c, 1e-6);
        expectClose(state.cells[l]?.c ?? [], c, 1e-6);
      }
    });
  });

  test('the sequences of a batch do not mix', () => {
    tidy(() => {
      const net = randomized(LSTMBaseline.build(small), 5);
      const x = cube([5, 4, 3], 2);
      const together = net.sequence(x).output;
      for (let b = 0; b < 5; b++) {
        const alone = net.sequence(slice(x, [b, 0, 0], [1, -1, -1])).output;
        expectClose(alone, slice(together, [b, 0, 0], [1, -1, -1]), 1e-6);
      }
    });
  });

  test('what comes after a step does not change it: padding behind a sequence costs nothing', () => {
    tidy(() => {
      const net = randomized(LSTMBaseline.build(small), 6);
      const x = cube([2, 4, 3], 3);
      const padded = concat([x, zeros([2, 3, 3])], 1);
      expectClose(
        slice(net.sequence(tensor3d(padded.dataSync(), [2, 7, 3])).logits, [0, 0, 0], [-1, 4, -1]),
        net.sequence(x).logits,
        1e-6,
      );
    });
  });

  test('the same seed gives the same net, another seed another; the config is JSON and builds it again', () => {
    tidy(() => {
      const net = LSTMBaseline.build({ ...small, outputActivation: 'tanh' });
      const x = cube([1, 3, 3], 4);
      const again = LSTMBaseline.build(JSON.parse(JSON.stringify(net.config)));
      expect(again.config).toEqual(net.config);
      expect(again.sequence(x).output.arraySync()).toEqual(net.sequence(x).output.arraySync());
      const other = LSTMBaseline.build({ ...small, seed: 2 });
      expect(other.sequence(x).logits.arraySync()).not.toEqual(net.sequence(x).logits.arraySync());
    });
  });

  test('leaves no tensor behind, and its memory is that of its variables', () => {
    const before = memory().numTensors;
    const net = LSTMBaseline.build(small);
    expect(memory().numTensors).toBe(before + Object.keys(net.parameters).length);
    const x = cube([2, 3, 3], 1);
    const state = net.initialState(2);
    const xt: Tensor2D = zeros<Rank.R2>([2, 3]);
    expectNoLeak(() => net.initialState(2));
    expectNoLeak(() => net.step(xt, state));
    expectNoLeak(() => net.sequence(x));
    expectNoLeak(() => net.sequence(x, { state }));
    expectNoLeak(() => net.differentiate(x, (logits) => sum<Scalar>(square(logits))));
    net.dispose();
    for (const each of [x, xt, ...state.cells.flatMap(({ h, c }) => [h, c])]) each.dispose();
    expect(memory().numTensors).toBe(before);
  });

  const build = (options: Partial<LstmBaselineOptions>) => () => LSTMBaseline.build({ ...small, ...options });
  expectMistakes([
    [build({ inputSize: 0 }), 'inputSize: expected an integer of at least 1, got 0'],
    [build({ outputSize: 1.5 }), 'outputSize: expected an integer of at least 1, got 1.5'],
    [build({ layers: 0 }), 'layers: expected an integer from 1 to 1000, got 0'],
    [build({ size: Number.NaN }), 'size: expected an integer of at least 1, got NaN'],
    [build({ seed: 0.5 }), 'seed: expected an integer, got 0.5'],
    [() => build({})().initialState(0), 'batch: expected an integer of at least 1, got 0'],
    [
      () => build({})().sequence(cube([1, 2, 4], 1)),
      'x: expected shape [batch, time, 3] (inputSize 3), got [1, 2, 4]',
    ],
    [() => build({})().sequence(zeros<Rank.R3>([1, 0, 3])), 'x: expected at least one time step, got 0'],
    [
      () => {
        const net = build({})();
        net.differentiate(zeros<Rank.R3>([2, 0, 3]), (logits) => sum<Scalar>(logits));
      },
      'x: expected at least one time step, got 0',
    ],
    [
      () => {
        const net = build({})();
        net.step(zeros<Rank.R2>([2, 3]), net.initialState(1));
      },
      'state.cells[0].h: expected shape [2, 5] (batch, size), got [1, 5]',
    ],
    [
      () => build({})().sequence(cube([2, 2, 3], 1), { state: build({ layers: 2 })().initialState(2) }),
      'state.cells: expected one for each of 3 layers, as initialState(batch) gives them, got 2',
    ],
  ]);
});

test.each([
  { task: 'copy', size: 256, inputSize: 10, outputSize: 9, count: 1_352_969 },
  { task: 'repeat copy', size: 512, inputSize: 8, outputSize: 7, count: 5_312_007 },
  { task: 'associative recall', size: 256, inputSize: 8, outputSize: 6, count: 1_344_518 },
  { task: 'dynamic n-grams', size: 128, inputSize: 1, outputSize: 1, count: 331_905 },
])('has the $count parameters of table 3 for $task', ({ count, size, inputSize, outputSize }) => {
  expect(countOf({ size, inputSize, outputSize })).toBe(count);
});

test('no number of inputs and outputs gives the 384,424 parameters of table 3 for priority sort', () => {
  const [one, input, output] = [
    countOf({ size: 128, inputSize: 1, outputSize: 1 }),
    countOf({ size: 128, inputSize: 2, outputSize: 1 }),
    countOf({ size: 128, inputSize: 1, outputSize: 2 }),
  ];
  // Linear in both: each further input costs as much as the first, and so each further output.
  const missing = 384_424 - one;
  const most = Math.floor(missing / (input - one));
  const outputs = Array.from(
    { length: most + 1 },
    (_, inputs) => (missing - inputs * (input - one)) / (output - one),
  );
  expect(outputs.filter(Number.isInteger)).toEqual([]);
  expect(countOf({ size: 128, inputSize: 10, outputSize: 8 })).toBe(348_424);
});

function countOf(sizes: { size: number; inputSize: number; outputSize: number }): number {
  const net = LSTMBaseline.build(sizes);
  const count = Object.values(net.parameters).reduce((total, each) => total + each.size, 0);
  net.dispose();
  return count;
}
