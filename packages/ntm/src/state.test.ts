import { glorotUniform } from '@tapehead/controller';
import { expectClose, expectMistakes, expectNoLeak, onEachBackend } from '@tapehead/testing';
import {
  add,
  concat,
  fill,
  matMul,
  memory,
  mul,
  ones,
  type Rank,
  randomUniform,
  relu,
  type Scalar,
  slice,
  square,
  sum,
  type Tensor2D,
  type Tensor3D,
  tidy,
  variableGrads,
  zeros,
} from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import {
  type ControllerFactory,
  NTM,
  type NtmOptions,
  type NtmState,
  readHead,
  readHeadSize,
  writeHead,
  writeHeadSize,
} from './index.js';

const small: NtmOptions = {
  inputSize: 3,
  outputSize: 2,
  memorySize: 8,
  memoryDim: 4,
  controllerSize: 6,
  seed: 1,
};

const cube = (shape: [number, number, number], seed: number): Tensor3D =>
  randomUniform<Rank.R3>(shape, 0, 1, 'float32', seed);

onEachBackend('state', () => {
  test('is explicit: a sequence is its steps, and one may stop and go on anywhere', () => {
    tidy(() => {
      const ntm = NTM.build({ ...small, readHeads: 2, layers: 2 });
      const x = cube([2, 6, 3], 1);
      const whole = ntm.sequence(x);
      const first = ntm.sequence(slice(x, [0, 0, 0], [-1, 4, -1]));
      const rest = ntm.sequence(slice(x, [0, 4, 0], [-1, 2, -1]), { state: first.state });
      expectClose(concat([first.output, rest.output], 1), whole.output, 1e-6);
      expectClose(rest.state.memory, whole.state.memory, 1e-6);
    });
  });

  test('a step changes neither the state it is given nor the net', () => {
    tidy(() => {
      const ntm = NTM.build(small);
      const state = ntm.initialState(2);
      const x: Tensor2D = ones<Rank.R2>([2, 3]);
      const before = state.memory.arraySync();
      const [once, again] = [ntm.step(x, state), ntm.step(x, state)];
      expect(again.output.arraySync()).toEqual(once.output.arraySync());
      expect(state.memory.arraySync()).toEqual(before);
    });
  });

  test.each([1, 2, 3])(
    'the heads of a fresh net lean to the next row, unless they start even: seed %i',
    (seed) => {
      tidy(() => {
        const options: NtmOptions = { ...small, readHeads: 2, shifts: 5, seed };
        const x = cube([1, 1, 3], seed);
        const { readHeads, writeHeads } = NTM.build(options).sequence(x, { trace: true }).trace;
        // Five taps: softmax of 3 against four times 0 is 0.83, give or take what the controller adds.
        for (const { shift } of [readHeads, writeHeads]) {
          const onward = slice(shift, [0, 0, 0, 3], [-1, -1, -1, 1]);
          for (const part of onward.dataSync()) expect(part).toBeGreaterThan(0.6);
        }
        const even = NTM.build({ ...options, initialShift: 'even' }).sequence(x, { trace: true }).trace;
        for (const part of even.readHeads.shift.dataSync()) expect(part).toBeLessThan(0.6);
      });
    },
  );

  test.each([1, 2, 3])('heads that start together are at the first row, others are not: seed %i', (seed) => {
    tidy(() => {
      const options: NtmOptions = { ...small, numHeads: 3, memorySize: 128, seed };
      const firstRow = ({ readWeights, writeWeights }: NtmState) =>
        [readWeights, writeWeights].flatMap((weights) =>
          Array.from(slice(weights, [0, 0, 0], [1, 3, 1]).dataSync()),
        );
      // A peak of 6 among 127 logits ~ N(0, 1): e⁶ / (e⁶ + 127 e^½) = 0.66, times e to the row's own ~ N(0, 1).
      const together = firstRow(NTM.build({ ...options, initialWeighting: 'together' }).initialState(1));
      for (const part of together) expect(part).toBeGreaterThan(0.2);
      for (const part of firstRow(NTM.build(options).initialState(1))) expect(part).toBeLessThan(0.2);
    });
  });

  test('the sequences of a batch do not mix', () => {
    tidy(() => {
      const ntm = NTM.build(small);
      const x = cube([3, 5, 3], 2);
      const together = ntm.sequence(x).output;
      for (let b = 0; b < 3; b++) {
        const alone = ntm.sequence(slice(x, [b, 0, 0], [1, -1, -1])).output;
        expectClose(alone, slice(together, [b, 0, 0], [1, -1, -1]), 1e-6);
      }
    });
  });

  test('every variable learns from a sequence, the starting values too; a kept memory is not among them', () => {
    tidy(() => {
      const ntm = NTM.build({ ...small, numHeads: 2 });
      const variables = Object.entries(ntm.trainable);
      const cost = () => sum<Scalar>(square(ntm.sequence(cube([2, 4, 3], 3)).output));
      const { grads } = variableGrads(
        cost,
        variables.map(([, each]) => each),
      );
      for (const [name, { name: id }] of variables) {
        expect(Math.max(...(grads[id]?.dataSync() ?? []).map(Math.abs)), name).toBeGreaterThan(0);
      }
      expect(Object.keys(ntm.trainable)).toEqual(expect.arrayContaining(Object.keys(ntm.parameters)));
      const kept = NTM.build({ ...small, initialMemory: 'constant' });
      expect(Object.keys(kept.trainable)).toEqual(
        Object.keys(kept.parameters).filter((name) => name !== 'memory'),
      );
    });
  });

  test('the config is JSON and builds the same net again', () => {
    tidy(() => {
      const ntm = NTM.build({ ...small, controller: 'feedforward', order: 'read-first', shifts: 5 });
      const again = NTM.build(JSON.parse(JSON.stringify(ntm.config)));
      const x = cube([1, 3, 3], 4);
      expect(again.config).toEqual(ntm.config);
      expect(again.sequence(x).output.arraySync()).toEqual(ntm.sequence(x).output.arraySync());
    });
  });

  test('defaults are those of Edifice.Memory.NTM', () => {
    tidy(() => {
      const { config } = NTM.build({ inputSize: 5 });
      expect(config).toMatchObject({
        inputSize: 5,
        outputSize: 5,
        memorySize: 128,
        memoryDim: 32,
        controllerSize: 256,
        readHeads: 1,
        writeHeads: 1,
      });
    });
  });

  test('parameter counts of the paper’s copy networks, learned starting values included, are within 7 % of its table', () => {
    const count = (controller: 'lstm' | 'feedforward') =>
      tidy(() => {
        const { parameters } = NTM.build({
          inputSize: 9,
          outputSize: 8,
          memoryDim: 20,
          controllerSize: 100,
          controller,
        });
        return Object.values(parameters).reduce((total, { size }) => total + size, 0);
      });
    expect(Math.abs(count('lstm') / 67_561 - 1)).toBeLessThan(0.07);
    expect(Math.abs(count('feedforward') / 17_162 - 1)).toBeLessThan(0.07);
  });

  test('leaves no tensor behind', () => {
    const ntm = NTM.build(small);
    const x = cube([2, 3, 3], 1);
    const state = ntm.initialState(2);
    const xt: Tensor2D = zeros<Rank.R2>([2, 3]);
    expectNoLeak(() => ntm.initialState(2));
    expectNoLeak(() => ntm.step(xt, state));
    expectNoLeak(() => ntm.sequence(x));
    expectNoLeak(() => ntm.sequence(x, { trace: true }));
    expectNoLeak(() => ntm.sequence(x, { state }));
    const before = memory().numTensors;
    const other = NTM.build(small);
    expect(memory().numTensors).toBe(before + Object.keys(other.parameters).length);
    other.dispose();
    expect(memory().numTensors).toBe(before);
  });
});

onEachBackend('a controller of one’s own', () => {
  const leaky: ControllerFactory<{ trail: Tensor2D }> = ({ inputSize, variable, nextSeed }) => {
    const kernel = variable('kernel', glorotUniform(inputSize, 5, nextSeed()));
    return {
      outputSize: 5,
      initialState: (batch) => ({ trail: zeros<Rank.R2>([batch, 5]) }),
      step(x, { trail }) {
        const output = tidy(() => add<Tensor2D>(mul(0.5, trail), relu(matMul<Tensor2D>(x, kernel))));
        return { output, state: { trail: output } };
      },
    };
  };

  test('carries its own state, and its variables are the net’s', () => {
    tidy(() => {
      const ntm = NTM.build({ ...small, controller: leaky });
      expect(Object.keys(ntm.parameters)[0]).toBe('controller.kernel');
      expect(ntm.config.controller).toBe('own');
      const { output, state } = ntm.sequence(cube([2, 3, 3], 1));
      expect(output.shape).toEqual([2, 3, 2]);
      expect(state.controller).toHaveProperty('trail');
    });
  });
});

onEachBackend('the heads as functions of the controller’s output', () => {
  const heads = (size: number) => ({ kernel: glorotUniform(6, size, 3), bias: zeros([size]) });

  test('a write head writes what a read head that looks there then reads', () => {
    tidy(() => {
      const h = randomUniform<Rank.R2>([2, 6], -1, 1, 'float32', 1);
      const blank: Tensor3D = zeros<Rank.R3>([2, 8, 4]);
      const written = writeHead(h, blank, heads(writeHeadSize(4)));
      const { weights, parameters } = written;
      const wanted = matMul(weights, parameters.add, true);
      expectClose(written.memory, wanted, 1e-6);
      const { reads } = readHead(h, written.memory, heads(2 * readHeadSize(4)));
      expect(reads.shape).toEqual([2, 2, 4]);
    });
  });

  test('look uniformly before the first step unless told', () => {
    tidy(() => {
      const h = randomUniform<Rank.R2>([1, 6], -1, 1, 'float32', 2);
      const rows = cube([1, 8, 4], 3);
      const told = { ...heads(readHeadSize(4)), previous: fill<Rank.R3>([1, 1, 8], 1 / 8) };
      expectClose(readHead(h, rows, heads(readHeadSize(4))).weights, readHead(h, rows, told).weights, 1e-7);
    });
  });
});

onEachBackend('a mistake is told in one sentence', () => {
  const build = (options: Partial<NtmOptions>) => () => NTM.build({ ...small, ...options });
  const matrix = (rows: number, columns: number): Tensor2D => zeros<Rank.R2>([rows, columns]);
  expectMistakes([
    [build({ inputSize: 0 }), 'inputSize: expected an integer of at least 1, got 0'],
    [build({ memorySize: -3 }), 'memorySize: expected an integer of at least 1, got -3'],
    [build({ memoryDim: 2.5 }), 'memoryDim: expected an integer of at least 1, got 2.5'],
    [build({ controllerSize: Number.NaN }), 'controllerSize: expected an integer of at least 1, got NaN'],
    [build({ numHeads: 0 }), 'numHeads: expected an integer of at least 1, got 0'],
    [build({ writeHeads: 0 }), 'writeHeads: expected an integer of at least 1, got 0'],
    [build({ shifts: 4 }), 'shifts: expected an odd number of taps, got 4'],
    [build({ shifts: 9 }), 'shifts: expected at most memorySize 8 taps, got 9'],
    [build({ seed: 0.5 }), 'seed: expected an integer, got 0.5'],
    [() => NTM.build(small).initialState(0), 'batch: expected an integer of at least 1, got 0'],
    [
      () => NTM.build(small).sequence(cube([1, 2, 4], 1)),
      'x: expected shape [batch, time, 3] (inputSize 3), got [1, 2, 4]',
    ],
    [() => NTM.build(small).sequence(zeros<Rank.R3>([1, 0, 3])), 'x: expected at least one time step, got 0'],
    [
      () => NTM.build(small).differentiate(zeros<Rank.R3>([1, 0, 3]), (logits) => sum<Scalar>(logits)),
      'x: expected at least one time step, got 0',
    ],
    [
      () => {
        const ntm = NTM.build(small);
        ntm.step(matrix(2, 3), ntm.initialState(1));
      },
      'state.memory: expected shape [2, 8, 4] (batch, memorySize, memoryDim), got [1, 8, 4]',
    ],
    [
      () => readHead(matrix(1, 6), cube([1, 8, 4], 1), { kernel: matrix(6, 11), bias: zeros([11]) }),
      'kernel: expected a multiple of 10 columns (10 a head), got 11',
    ],
    [
      () => writeHead(matrix(1, 5), cube([1, 8, 4], 1), { kernel: matrix(6, 18), bias: zeros([18]) }),
      'kernel: expected shape [5, raw] (controllerSize 5), got [6, 18]',
    ],
  ]);
});
