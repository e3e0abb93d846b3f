import {
  address,
  addressingStages,
  circularShift,
  contentAddressing,
  headParameters,
  headSize,
  interpolate,
  sharpen,
} from '@tapehead/addressing';
import * as dnc from '@tapehead/addressing/dnc';
import { registerFused as registerAddress } from '@tapehead/addressing/fused';
import * as mann from '@tapehead/addressing/mann';
import { buildController, lstm, lstmStep, plainVariable, seedStream } from '@tapehead/controller';
import { registerFused as registerLstmStep } from '@tapehead/controller/fused';
import type { EngineOption } from '@tapehead/core';
import { randomMemory, read, repeatMemory, write } from '@tapehead/memory';
import { registerFused as registerWrite } from '@tapehead/memory/fused';
import { expectNoLeak, kernelCalls, onEachBackend } from '@tapehead/testing';
import {
  add,
  addN,
  cast,
  concat,
  expandDims,
  grads,
  matMul,
  mul,
  type Rank,
  randomUniform,
  reshape,
  type Scalar,
  scalar,
  sigmoid,
  slice,
  softmax,
  softplus,
  split,
  sum,
  type Tensor,
  type Tensor2D,
  tanh,
  tidy,
  variable,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { registerFused } from './fused.js';
import { scan, scanEngine } from './index.js';

/** Numbers from -1 to 1 of a step, `[batch, …]`, that depend on x and on the state. */
type Draw = (...shape: number[]) => Tensor;
type Part = (draw: Draw) => readonly Tensor[];

/** The numbers that a step has to draw from. */
const WIDTH = 400;

/** A step that draws from x and the state, and whose next state depends on all that `part` gives. */
function stepOf(part: Part) {
  return (x: Tensor2D, h: Tensor2D) => {
    const numbers = tanh(add(x, h));
    let at = 0;
    const draw: Draw = (...shape) => {
      const size = shape.reduce((product, each) => product * each, 1);
      const drawn = slice(numbers, [0, at], [-1, size]);
      at += size;
      return reshape(drawn, [x.shape[0], ...shape]);
    };
    const output = part(draw);
    const sums = output.map((each) => sum(reshape(cast(each, 'float32'), [x.shape[0], -1]), 1, true));
    return { output, state: tanh(add(mul(h, 0.5), mul(addN(sums), 0.1))) };
  };
}

const matrix = (x: Tensor): Tensor2D => reshape<Rank.R2>(x, [x.shape[0] ?? 0, x.size / (x.shape[0] ?? 1)]);
const of0to1 = (draw: Draw, ...shape: number[]) => sigmoid(mul(draw(...shape), 2));
const weighting = (draw: Draw, ...shape: number[]) => softmax(mul(draw(...shape), 3));
const strength = (draw: Draw, ...shape: number[]) => add(1, softplus(draw(...shape)));

const [N, M, H] = [6, 4, 2];

/** All parameters of heads, of one without an axis where `heads` is undefined. */
function headOf(draw: Draw, heads: number | undefined, taps: number) {
  const axis = heads === undefined ? [] : [heads];
  return {
    key: draw(...axis, M),
    beta: strength(draw, ...axis),
    gate: of0to1(draw, ...axis),
    shift: weighting(draw, ...axis, taps),
    gamma: strength(draw, ...axis),
  };
}

const lstmWeights = {
  kernel: () => randomUniform([3, 20], -0.5, 0.5, 'float32', 1),
  recurrentKernel: () => randomUniform([5, 20], -0.5, 0.5, 'float32', 2),
  bias: () => randomUniform([20], -0.5, 0.5, 'float32', 3),
};

const parts: Readonly<Record<string, (engine: EngineOption) => Part>> = {
  'contentAddressing, heads': () => (draw) => [contentAddressing(draw(H, M), draw(N, M), strength(draw, H))],
  'contentAddressing, a head without an axis': () => (draw) => [
    contentAddressing(draw(M), draw(N, M), strength(draw)),
  ],
  'contentAddressing, beta [batch, 1]': () => (draw) => [
    contentAddressing(draw(M), draw(N, M), strength(draw, 1)),
  ],
  'contentAddressing, beta a number': () => (draw) => [contentAddressing(draw(H, M), draw(N, M), 3)],
  'contentAddressing, beta a scalar': () => (draw) => [contentAddressing(draw(M), draw(N, M), scalar(2))],
  'interpolate, heads': () => (draw) => [
    interpolate(of0to1(draw, H), weighting(draw, H, N), weighting(draw, H, N)),
  ],
  'interpolate, a number': () => (draw) => [interpolate(0.3, weighting(draw, N), weighting(draw, N))],
  ...Object.fromEntries(
    [1, 3, 5].flatMap((taps) => [
      [
        `circularShift by ${taps} taps, heads`,
        () => (draw: Draw) => [circularShift(weighting(draw, H, N), weighting(draw, H, taps))],
      ],
      [
        `circularShift by ${taps} taps`,
        () => (draw: Draw) => [circularShift(weighting(draw, N), weighting(draw, taps))],
      ],
    ]),
  ),
  'circularShift by as many taps as rows': () => (draw) => [
    circularShift(weighting(draw, 7), weighting(draw, 7)),
  ],
  'sharpen, heads': () => (draw) => [sharpen(weighting(draw, H, N), strength(draw, H))],
  'sharpen, a number': () => (draw) => [sharpen(weighting(draw, N), 2)],
  ...Object.fromEntries(
    [undefined, 1, 3].flatMap((heads) =>
      [1, 3, 5].map((taps) => [
        `address, heads ${heads}, ${taps} taps`,
        (engine: EngineOption) => (draw: Draw) => [
          address(
            headOf(draw, heads, taps),
            draw(N, M),
            weighting(draw, ...(heads === undefined ? [] : [heads]), N),
            engine,
          ),
        ],
      ]),
    ),
  ),
  addressingStages: () => (draw) =>
    Object.values(addressingStages(headOf(draw, H, 3), draw(N, M), weighting(draw, H, N))),
  ...Object.fromEntries(
    (['tanh', 'linear'] as const).map((keyActivation) => [
      `headParameters, ${keyActivation}`,
      () => (draw: Draw) =>
        Object.values(
          headParameters(draw(H * headSize({ memoryDim: M, shifts: 5 })), {
            memoryDim: M,
            shifts: 5,
            keyActivation,
          }),
        ),
    ]),
  ),
  'dnc.retentionVector, heads': () => (draw) => [dnc.retentionVector(of0to1(draw, 3), weighting(draw, 3, N))],
  'dnc.retentionVector, a number': () => (draw) => [dnc.retentionVector(0.4, weighting(draw, N))],
  'dnc.updateUsage': () => (draw) => [dnc.updateUsage(of0to1(draw, N), weighting(draw, N), of0to1(draw, N))],
  'dnc.allocationWeighting': () => (draw) => [dnc.allocationWeighting(of0to1(draw, N))],
  'dnc.allocationWeighting, one row': () => (draw) => [dnc.allocationWeighting(of0to1(draw, 1))],
  'dnc.writeWeighting': () => (draw) => [
    dnc.writeWeighting(of0to1(draw, 1), of0to1(draw, 1), weighting(draw, N), weighting(draw, N)),
  ],
  'dnc.writeWeighting, numbers': () => (draw) => [
    dnc.writeWeighting(0.9, 0.2, weighting(draw, N), weighting(draw, N)),
  ],
  'dnc.updatePrecedence': () => (draw) => [dnc.updatePrecedence(of0to1(draw, N), weighting(draw, N))],
  'dnc.updateLinks': () => (draw) => [
    dnc.updateLinks(of0to1(draw, N, N), weighting(draw, N), weighting(draw, N)),
  ],
  'dnc.forwardWeighting and backwardWeighting, heads': () => (draw) => {
    const [links, weights] = [of0to1(draw, N, N), weighting(draw, H, N)];
    return [dnc.forwardWeighting(links, weights), dnc.backwardWeighting(links, weights)];
  },
  'dnc.forwardWeighting and backwardWeighting': () => (draw) => {
    const [links, weights] = [of0to1(draw, N, N), weighting(draw, N)];
    return [dnc.forwardWeighting(links, weights), dnc.backwardWeighting(links, weights)];
  },
  'dnc.readWeighting, heads': () => (draw) => [
    dnc.readWeighting(
      weighting(draw, H, 3),
      weighting(draw, H, N),
      weighting(draw, H, N),
      weighting(draw, H, N),
    ),
  ],
  'dnc.readWeighting': () => (draw) => [
    dnc.readWeighting(weighting(draw, 3), weighting(draw, N), weighting(draw, N), weighting(draw, N)),
  ],
  'mann.updateUsage': () => (draw) => [
    mann.updateUsage(of0to1(draw, N), weighting(draw, H, N), weighting(draw, N), 0.95),
  ],
  'mann.leastUsedWeighting': () => (draw) => [mann.leastUsedWeighting(of0to1(draw, N)), draw(1)],
  'mann.leastUsedWeighting, three': () => (draw) => [mann.leastUsedWeighting(of0to1(draw, N), 3), draw(1)],
  'mann.writeWeighting, heads': () => (draw) => [
    mann.writeWeighting(of0to1(draw, H), weighting(draw, H, N), weighting(draw, N)),
  ],
  'mann.writeWeighting': () => (draw) => [
    mann.writeWeighting(of0to1(draw), weighting(draw, N), weighting(draw, N)),
  ],
  'read, heads': () => (draw) => [read(draw(N, M), weighting(draw, H, N))],
  'write, one head': (engine) => (draw) => [
    write(draw(N, M), weighting(draw, N), of0to1(draw, M), draw(M), engine),
  ],
  'write, three heads': (engine) => (draw) => [
    write(draw(N, M), weighting(draw, 3, N), of0to1(draw, 3, M), draw(3, M), engine),
  ],
  'repeatMemory of a variable': () => {
    const contents = variable(randomMemory({ memorySize: N, memoryDim: M, seed: 1 }));
    return (draw) => {
      const weights = weighting(draw, N);
      return [read(repeatMemory(contents, weights.shape[0] ?? 0), weights)];
    };
  },
  lstmStep: (engine) => {
    const weights = {
      kernel: lstmWeights.kernel(),
      recurrentKernel: lstmWeights.recurrentKernel(),
      bias: lstmWeights.bias(),
    };
    return (draw) => Object.values(lstmStep(draw(3), { h: draw(5), c: draw(5) }, weights, engine));
  },
  'an LSTM of two layers': ({ engine = 'auto' }) => {
    const context = { inputSize: 3, variable: plainVariable, nextSeed: seedStream(1), engine };
    const { step } = lstm(context, { controllerSize: 5, layers: 2 });
    return (draw) => {
      const cells = [1, 2].map(() => ({ h: matrix(draw(5)), c: matrix(draw(5)) }));
      const { output, state } = step(draw(3), { cells });
      return [output, ...state.cells.flatMap(({ h, c }) => [h, c])];
    };
  },
  'feed-forward layers': () => {
    const { step } = buildController(3, 5, { kind: 'feedforward', layers: 2, seed: 1 });
    return (draw) => [step(draw(3), {}).output];
  },
};

/** The machine of a single head of docs/guides/compose.md. */
function oneHead() {
  const [units, width] = [5, headSize({ memoryDim: M })];
  const controller = buildController(3 + M, units, { kind: 'feedforward', seed: 1 });
  const head = variable(randomUniform<Rank.R2>([units, width + 2 * M], -0.5, 0.5, 'float32', 2));
  const bias = variable(randomUniform<Rank.R1>([width + 2 * M], -0.5, 0.5, 'float32', 3));
  const part: Part = (draw) => {
    const [memory, weights, reads] = [draw(N, M), weighting(draw, 1, N), draw(M)];
    const { output } = controller.step(concat([draw(3), reads], 1), {});
    const [where, erase, toAdd] = split(add(matMul(output, head), bias), [width, M, M], 1);
    if (!where || !erase || !toAdd) throw new Error('three parts');
    const looking = address(headParameters(where, { memoryDim: M }), memory, weights);
    const next = write(memory, looking, expandDims(sigmoid(erase), 1), expandDims(tanh(toAdd), 1));
    return [output, read(memory, looking), next, looking];
  };
  return part;
}

onEachBackend('a step of our parts', () => {
  beforeAll(registerFused);

  const [batch, time] = [3, 4];
  const x = () => randomUniform<Rank.R3>([batch, time, WIDTH], -1, 1, 'float32', 1);
  const h = () => randomUniform<Rank.R2>([batch, WIDTH], -1, 1, 'float32', 2);

  function expectSameAsLoop(part: Part): void {
    tidy(() => {
      const step = stepOf(part);
      expect(scanEngine(step, h(), x())).toEqual({ engine: 'fused' });
      const run = (engine: 'fused' | 'reference') => {
        const resultsOf = (xs: Tensor, start: Tensor): Tensor[] => {
          const { outputs, state } = scan(step, start, xs, { engine });
          return [...outputs, state];
        };
        const cost = (xs: Tensor, start: Tensor): Scalar =>
          addN(
            resultsOf(xs, start).map((each, i) =>
              sum<Scalar>(mul(each, randomUniform(each.shape, -1, 1, 'float32', 10 + i))),
            ),
          );
        return { values: resultsOf(x(), h()), grads: grads(cost)([x(), h()]) };
      };
      const [fused, loop] = [run('fused'), run('reference')];
      expectNear(fused.values, loop.values, 1e-5);
      expectNear(fused.grads, loop.grads, 1e-4);
    });
  }

  describe.each(['auto', 'reference'] as const)('with engine %s', (engine) => {
    test.each(Object.entries(parts))('%s has the numbers of the loop', (_, part) => {
      expectSameAsLoop(part({ engine }));
    });
  });

  test('the machine of one head has the numbers of the loop', () => {
    expectSameAsLoop(oneHead());
  });

  describe('with kernels of the parts', () => {
    beforeAll(() => Promise.all([registerAddress(), registerWrite(), registerLstmStep()]));
    const names = ['address, heads 3, 3 taps', 'write, three heads', 'lstmStep', 'an LSTM of two layers'];

    test.each(names)('%s is compiled with the step, whatever its engine', async (name) => {
      for (const engine of ['auto', 'fused', 'reference'] as const) {
        const part = parts[name]?.({ engine });
        if (!part) throw new Error(name);
        const step = stepOf(part);
        expectSameAsLoop(part);
        const calls = await kernelCalls(() => {
          const { outputs, state } = scan(step, h(), x(), { engine: 'fused' });
          return [...outputs, state];
        });
        const ours = calls.filter((call) => call.startsWith('Tapehead')).map((call) => call.split('@')[0]);
        expect(ours).toEqual(['TapeheadScan']);
        expectNoLeak(() => tidy(() => void scan(step, h(), x())));
      }
    });
  });
});

function expectNear(own: readonly Tensor[], wanted: readonly Tensor[], tolerance: number): void {
  expect(own.length).toBe(wanted.length);
  for (const [i, each] of wanted.entries()) {
    const numbers = each.dataSync();
    const others = own[i]?.dataSync() ?? [];
    const scale = Math.max(1e-6, ...numbers.map(Math.abs));
    const error = Math.max(...numbers.map((number, k) => Math.abs(number - (others[k] ?? Number.NaN))));
    expect(error / scale, `tensor ${i}`).toBeLessThan(tolerance);
  }
}
