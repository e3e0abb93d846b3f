import {
  expectClose,
  expectCloseGradients,
  expectNoLeak,
  gradientTolerance,
  onEachBackend,
  valueTolerance,
} from '@tapehead/testing';
import {
  mul,
  type Rank,
  randomUniform,
  reshape,
  type Scalar,
  slice,
  sum,
  type Tensor,
  type Tensor3D,
  tensor1d,
  tidy,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { registerFused } from './fused.js';
import { NTM, type NtmOptions, type NtmSequence } from './index.js';
import { type Numbers, slowNtm } from './testing/slowNtm.js';

const small: NtmOptions = {
  inputSize: 2,
  outputSize: 2,
  memorySize: 5,
  memoryDim: 3,
  controllerSize: 3,
  numHeads: 2,
  outputActivation: 'linear',
};

/** What public nets have, each alone and as they have it together. */
const nets: Readonly<Record<string, Partial<NtmOptions>>> = {
  'heads in turn': { order: 'in-turn' },
  'heads in turn, more of them read': { order: 'in-turn', readHeads: 3, writeHeads: 1 },
  'heads in turn, more of them write': { order: 'in-turn', readHeads: 1, writeHeads: 3 },
  'a start of zeros': { initialWeighting: 'zero' },
  'a start of zeros, read first': { initialWeighting: 'zero', order: 'read-first' },
  'linear keys, tanh adds': { keyActivation: 'linear' },
  'tanh keys, linear adds': { addActivation: 'linear' },
  'an epsilon': { sharpenEpsilon: 1e-16 },
  'an epsilon that counts': { sharpenEpsilon: 0.5 },
  'an epsilon and a start of zeros': { sharpenEpsilon: 0.01, initialWeighting: 'zero' },
  'a clipped controller': { clipController: 0.2, layers: 2 },
  'clipped heads': { clipHeads: 0.5 },
  'clipped logits': { clipLogits: 0.4 },
  'heads on the cell': { headInput: 'cell', layers: 2 },
  'heads on a clipped cell': { headInput: 'cell', clipController: 0.3 },
  'two layers of relu': { controller: 'feedforward', controllerActivation: 'relu', layers: 2 },
  'all of pytorch-ntm': {
    order: 'in-turn',
    initialWeighting: 'zero',
    keyAndAddActivation: 'linear',
    sharpenEpsilon: 1e-16,
  },
  'all of it': {
    order: 'in-turn',
    initialWeighting: 'zero',
    keyActivation: 'linear',
    sharpenEpsilon: 0.1,
    clipController: 0.5,
    clipHeads: 2,
    clipLogits: 1,
    headInput: 'cell',
  },
};
const cases = Object.entries(nets).map(([name, options]) => ({ name, options }));

const TIME = 3;
const BATCH = 2;

/** A net whose variables are all far from what a fresh net has. */
function netOf(options: Partial<NtmOptions>, seed: number, engine: 'auto' | 'reference'): NTM {
  const net = NTM.build({ ...small, ...options, seed, engine });
  for (const [i, variable] of Object.values(net.parameters).entries()) {
    const values = randomUniform(variable.shape, -1, 1, 'float32', 100 * seed + i);
    variable.assign(values);
    values.dispose();
  }
  return net;
}

const inputOf = (seed: number): Tensor3D =>
  randomUniform<Rank.R3>([BATCH, TIME, 2], -1, 1, 'float32', seed + 7);

/** Counts every logit with a weight of its own. */
const factors = (): Tensor => randomUniform([BATCH, TIME, 2], -1, 1, 'float32', 99);
const costOf = (logits: Tensor): Scalar => sum(mul(logits, factors()));

/** By name and number, in float64. */
function slowOf(net: NTM, x: Tensor3D) {
  const variables = Object.entries(net.parameters);
  const lists = variables.map(([, variable]) => [...variable.dataSync()]);
  const named = (numbers: readonly (readonly number[])[]): Numbers =>
    Object.fromEntries(variables.map(([name], i) => [name, numbers[i] ?? []]));
  const run = (numbers: readonly (readonly number[])[]) =>
    x.arraySync().map((sequence) => slowNtm(net.config, named(numbers), sequence));
  const weights = [...factors().dataSync()];
  const cost = (numbers: readonly (readonly number[])[]) =>
    run(numbers)
      .flatMap(({ logits }) => logits.flat())
      .reduce((total, each, i) => total + each * (weights[i] ?? 0), 0);
  /** Of the cost, along a direction in the numbers of one variable, by central differences. */
  const slope = (l: number, direction: readonly number[]): number => {
    const costAt = (by: number) =>
      cost(lists.map((list, k) => (k === l ? list.map((v, i) => v + by * (direction[i] ?? 0)) : list)));
    return (costAt(1e-6) - costAt(-1e-6)) / 2e-6;
  };
  return { runs: run(lists), slope };
}

function expectRun({ logits, state }: NtmSequence, runs: ReturnType<typeof slowOf>['runs']): void {
  expectClose(
    logits,
    runs.map((run) => run.logits),
    valueTolerance,
    'logits',
  );
  expectClose(
    state.memory,
    runs.map((run) => run.memory),
    valueTolerance,
    'memory',
  );
  expectClose(
    state.readWeights,
    runs.map((run) => run.readWeights),
    valueTolerance,
    'readWeights',
  );
  expectClose(
    state.writeWeights,
    runs.map((run) => run.writeWeights),
    valueTolerance,
    'writeWeights',
  );
}

onEachBackend('nets of the public zoo', () => {
  beforeAll(registerFused);

  describe.each(['reference', 'auto'] as const)('%s', (engine) => {
    test.each(cases)('$name: values and gradients equal float64 loops and their slopes', ({ options }) => {
      for (const seed of [1, 2]) {
        tidy(() => {
          const net = netOf(options, seed, engine);
          expect([net.runsOn, net.whyReference]).toEqual([
            engine === 'auto' ? 'fused' : 'reference',
            undefined,
          ]);
          const x = inputOf(seed);
          const { runs, slope } = slowOf(net, x);
          expectRun(net.sequence(x), runs);
          const [first] = runs.map(({ logits }) => logits[0]);
          const stepped = net.step(
            reshape<Rank.R2>(slice(x, [0, 0, 0], [1, 1, 2]), [1, 2]),
            net.initialState(1),
          );
          expectClose(stepped.output, first ?? [], 1e-6, 'one step');
          const { grads } = net.differentiate(x, costOf);
          const variables = Object.values(net.parameters);
          const directions = variables.map(({ shape }, i) =>
            randomUniform(shape, -1, 1, 'float32', seed + i),
          );
          const along = directions.map((direction, i) =>
            sum(mul(grads[variables[i]?.name ?? ''] ?? zerosLike(direction), direction)),
          );
          const wanted = directions.map((direction, i) => slope(i, [...direction.dataSync()]));
          expectCloseGradients([along.flatMap((each) => [...each.dataSync()])], [wanted]);
          net.dispose();
        });
      }
    });
  });

  test.each(cases)(
    '$name: the compiled sequence equals the loop in trace, state and intervention',
    ({ options }) => {
      tidy(() => {
        const [loop, compiled] = [netOf(options, 4, 'reference'), netOf(options, 4, 'auto')];
        const x = inputOf(4);
        const [a, b] = [loop, compiled].map((net) => net.sequence(x, { trace: true }));
        const flat = (trace: object | undefined): Tensor[] =>
          Object.values(trace ?? {}).flatMap((each) => ('dataSync' in each ? [each] : flat(each)));
        for (const [i, tensor] of flat(b?.trace).entries())
          expectClose(tensor, flat(a?.trace)[i] ?? [], gradientTolerance, `trace ${i}`);
        const [ahead, behind] = [loop, compiled].map((net) =>
          net.sequence(x, { state: net.sequence(x).state }),
        );
        expectClose(behind?.logits ?? [], ahead?.logits ?? [], gradientTolerance);
        const shut = { read: (said: { gate: Tensor }) => ({ ...said, gate: zerosLike(said.gate) }) };
        const [held, same] = [loop, compiled].map((net) =>
          Reflect.apply(net.sequence, net, [x, { intervene: shut }]),
        );
        expectClose(same.logits, held.logits, gradientTolerance);
        loop.dispose();
        compiled.dispose();
      });
    },
  );

  describe.each(['reference', 'auto'] as const)('from a start of zeros with shut gates, by %s', (engine) => {
    test.each([
      ['zeros beside an epsilon', 1e-16, 0],
      ['uniform without one', 0, 1 / 5],
    ])('weightings are %s, and nothing is NaN', (_, sharpenEpsilon, wanted) => {
      tidy(() => {
        const net = netOf({ initialWeighting: 'zero', numHeads: 1, sharpenEpsilon }, 1, engine);
        const { headKernel, headBias } = net.parameters;
        headKernel?.assign(zerosLike(headKernel));
        // The gate of each head: sigmoid of −200 is 0 in float32.
        const bias = headBias?.dataSync() ?? [];
        for (const head of [0, 1]) bias[head * 9 + 4] = -200;
        headBias?.assign(tensor1d(bias));
        const { logits, state } = net.sequence(inputOf(1));
        for (const weights of [state.readWeights, state.writeWeights])
          expectClose(weights, Array(10).fill(wanted), valueTolerance);
        const { grads } = net.differentiate(inputOf(1), costOf);
        const numbers = [logits, ...Object.values(grads)].flatMap((each) => [...each.dataSync()]);
        expect(numbers.every(Number.isFinite)).toBe(true);
        net.dispose();
      });
    });
  });

  test('leave no tensor behind', () => {
    for (const engine of ['reference', 'auto'] as const) {
      const net = netOf(nets['all of it'] ?? {}, 1, engine);
      const x = inputOf(1);
      expectNoLeak(() => net.sequence(x));
      expectNoLeak(() => net.sequence(x, { trace: true }));
      expectNoLeak(() => net.differentiate(x, costOf));
      expectNoLeak(() => net.initialState(3));
      x.dispose();
      net.dispose();
    }
  });
});
