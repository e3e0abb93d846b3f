import '@tensorflow/tfjs-backend-cpu';
import {
  add,
  greater,
  logicalOr,
  mul,
  ones,
  setBackend,
  type Tensor,
  tanh,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import { layers, type RNN } from '@tensorflow/tfjs-layers';
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { scan } from './index.js';
import { gru, lstm, recurrent, rnn, simpleRNN } from './layers.js';
import { compiledScan, missingKernels } from './run/compiled.js';
import { compareWithLoop, type Trial } from './testing/compare.js';
import { Obstacle } from './trace/obstacle.js';

vi.mock(import('./run/compiled.js'));

let trials: Trial[] = [];

beforeAll(() => setBackend('cpu'));
beforeEach(() => {
  trials = [];
  vi.mocked(missingKernels).mockReturnValue(undefined);
  vi.mocked(compiledScan).mockImplementation((_key, step, x, state) => {
    trials.push({ step, x, state });
    throw new Obstacle('only looked at');
  });
});

/** Asserts that the steps that `run` scans are traced, and that their graphs give what a loop gives. */
function expectTraceable(run: () => unknown, { masked = false } = {}): void {
  tidy(() => void run());
  expect(trials.length).toBe(1);
  for (const { step, x, state } of trials) {
    const all = [...x];
    // Of whole numbers some are 0.
    if (masked) all.push({ ...(all.pop() ?? { shape: [] }), dtype: 'int32' });
    const { values, gradients, traced } = compareWithLoop({ step, x: all, state, time: 4, batch: 3 });
    expect(traced.gradientObstacle).toBeUndefined();
    // float32 beside float64.
    expect(values).toBeLessThan(1e-5);
    expect(gradients).toBeLessThan(1e-4);
  }
}

const x = () => ones([3, 4, 2]);
const mask = () => ones([3, 4], 'bool');
const plain = { units: 5, recurrentInitializer: 'glorotNormal', biasInitializer: 'randomNormal' } as const;

describe.each([
  ['lstm', lstm],
  ['gru', gru],
  ['simpleRNN', simpleRNN],
] as const)('the step of %s is traceable', (_, make) => {
  const apply = (layer: RNN, options: object = {}) => layer.apply(x(), { ...options });

  test('as it is, and with every output', () => {
    expectTraceable(() => apply(make(plain)));
    trials = [];
    expectTraceable(() => apply(make({ ...plain, returnSequences: true, useBias: false })));
  });

  test('with a mask', () => {
    const options = () => ({ mask: mask() });
    expectTraceable(() => apply(make({ ...plain, returnSequences: true }), options()), { masked: true });
  });

  test('with dropout, in training and after', () => {
    for (const training of [true, false]) {
      trials = [];
      const args = { ...plain, dropout: 0.3, recurrentDropout: 0.2 };
      expectTraceable(() => apply(make(args), { training }));
    }
  });

  test.each(['sigmoid', 'relu', 'elu', 'softsign', 'linear'] as const)('with %s', (activation) => {
    expectTraceable(() => apply(make({ ...plain, activation })));
  });
});

test('stacked cells are traceable', () => {
  const cell = () => [layers.lstmCell(plain), layers.gruCell({ ...plain, units: 3 })];
  expectTraceable(() => rnn({ cell: cell() }).apply(x()));
});

test('a layer around a step is traceable', () => {
  const net = () => ({
    outputSize: 2,
    initialState: (batch: number) => [zeros([batch, 2])],
    step: (x: Tensor, [h]: Tensor[]) => {
      const output = tanh(add(x, mul(h ?? x, 0.5)));
      return { output, state: [output] };
    },
  });
  expectTraceable(() => recurrent({ net }).apply(x()));
  trials = [];
  expectTraceable(() => recurrent({ net, returnSequences: true }).apply(x(), { mask: mask() }), {
    masked: true,
  });
});

test('a masked step is traceable, whatever the ranks and dtypes of its state', () => {
  const step = ([a, b]: readonly [Tensor, Tensor], state: { m: Tensor; n: Tensor; some: Tensor }) => {
    const m = tanh(add(state.m, a));
    return {
      output: { m, n: state.n, some: state.some },
      state: { m, n: add(state.n, ones([1], 'int32')), some: logicalOr(greater(b, 0.5), state.some) },
    };
  };
  const start = () => ({ m: zeros([3, 2, 2]), n: zeros([3], 'int32'), some: zeros([3], 'bool') });
  const inputs = () => [ones([3, 4, 1, 2]), ones([3, 4])] as const;
  expectTraceable(() => scan(step, start(), inputs(), { lengths: [1, 2, 3], direction: 'backward' }), {
    masked: true,
  });
});
