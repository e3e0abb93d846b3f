import { type ControllerFactory, glorotUniform } from '@tapehead/controller';
import { scan, scanEngine } from '@tapehead/scan';
import {
  expectClose,
  expectNoLeak,
  expectSameGradients,
  gradientTolerance,
  onEachBackend,
} from '@tapehead/testing';
import {
  add,
  addN,
  concat,
  matMul,
  mul,
  ones,
  type Rank,
  randomUniform,
  type Scalar,
  sigmoid,
  sub,
  sum,
  Tensor,
  type Tensor2D,
  type Tensor3D,
  tanh,
  tidy,
  valueAndGrads,
  variableGrads,
  zeros,
  zerosLike,
} from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { registerFused } from './fused.js';
import {
  buildController,
  type Engine,
  type Intervention,
  NTM,
  type NtmOptions,
  type NtmSequence,
} from './index.js';

const random = (shape: number[], seed: number): Tensor => randomUniform(shape, -0.7, 0.7, 'float32', seed);
const cube = (shape: [number, number, number], seed: number): Tensor3D =>
  randomUniform<Rank.R3>(shape, -1, 1, 'float32', seed);

/** h' = z h + (1 − z) tanh([x, h]·candidate), and a count of steps that the output does not depend on. */
const gated: ControllerFactory<{ layers: [{ h: Tensor2D }]; steps: Tensor2D }> = (context) => {
  const { inputSize, variable, nextSeed } = context;
  const units = 6;
  const gate = variable('gate', glorotUniform(inputSize + units, units, nextSeed()));
  const candidate = variable('candidate', glorotUniform(inputSize + units, units, nextSeed()));
  const start = variable('start', random([1, units], nextSeed()));
  return {
    outputSize: units,
    initialState: (batch) => ({
      layers: [{ h: mul(start, ones<Rank.R2>([batch, 1])) }],
      steps: zeros([batch, 1], 'int32'),
    }),
    step(x, { layers: [{ h }], steps }) {
      const xh = concat([x, h], 1);
      const z = sigmoid(matMul(xh, gate));
      const output = add<Tensor2D>(mul(z, h), mul(sub(1, z), tanh(matMul(xh, candidate))));
      return { output, state: { layers: [{ h: output }], steps: add(steps, ones([1, 1], 'int32')) } };
    },
  };
};

const built =
  (kind: 'lstm' | 'feedforward'): ControllerFactory =>
  ({ inputSize, variable, engine, nextSeed }) =>
    buildController(inputSize, 5, { kind, layers: 2, variable, engine, seed: nextSeed() });

const nets = fc
  .record({
    inputSize: fc.integer({ min: 1, max: 9 }),
    outputSize: fc.integer({ min: 1, max: 9 }),
    memorySize: fc.integer({ min: 1, max: 36 }),
    memoryDim: fc.integer({ min: 2, max: 9 }),
    readHeads: fc.integer({ min: 1, max: 3 }),
    writeHeads: fc.integer({ min: 1, max: 3 }),
    controller: fc.constantFrom<ControllerFactory[]>(gated, built('lstm'), built('feedforward')),
    half: fc.integer({ min: 0, max: 5 }),
    keyAndAddActivation: fc.constantFrom('tanh' as const, 'linear' as const),
    order: fc.constantFrom('write-first' as const, 'read-first' as const),
    seed: fc.integer({ min: 1, max: 1e5 }),
  })
  .map(({ half, ...net }) => ({
    ...net,
    shifts: 1 + 2 * Math.min(half, Math.floor((net.memorySize - 1) / 2)),
  }));

/** Tensors in a nest, by the order of their paths. */
function sorted(nest: unknown, path = ''): { readonly path: string; readonly tensor: Tensor }[] {
  if (nest instanceof Tensor) return [{ path, tensor: nest }];
  if (typeof nest !== 'object' || nest === null) return [];
  return Object.keys(nest)
    .sort()
    .flatMap((name) => sorted(Reflect.get(nest, name), `${path}.${name}`));
}

function expectSame(own: unknown, wanted: unknown): void {
  const others = sorted(wanted);
  expect(sorted(own).map(({ path }) => path)).toEqual(others.map(({ path }) => path));
  for (const [i, { path, tensor }] of sorted(own).entries())
    expectClose(tensor, others[i]?.tensor ?? [], gradientTolerance, path);
}

/** A cost in which every number of the logits, of the last state and of the trace counts, but for whole numbers. */
function costOf({ logits, state, trace }: NtmSequence): Scalar {
  return addN(
    sorted([logits, state, trace]).flatMap(({ tensor }, i) =>
      tensor.dtype === 'float32' ? sum<Scalar>(mul(tensor, random(tensor.shape, 1000 + i))) : [],
    ),
  );
}

onEachBackend('a net by scan', () => {
  beforeAll(registerFused);

  const gradientsOf = (net: NTM, cost: () => Scalar): Tensor[] => {
    const variables = Object.values(net.trainable);
    const { value, grads } = variableGrads(cost, variables);
    return [value, ...variables.flatMap(({ name }) => grads[name] ?? [])];
  };

  test('equals the loop with any controller of your own: outputs, state, trace and gradients', () => {
    fc.assert(
      fc.property(
        nets,
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 5 }),
        (options, batch, time) => {
          tidy(() => {
            const [fused, loop] = [
              NTM.build({ ...options, engine: 'fused' }),
              NTM.build({ ...options, engine: 'reference' }),
            ];
            expect([fused.runsOn, fused.whyReference]).toEqual(['fused', undefined]);
            const x = cube([batch, time, options.inputSize], options.seed);
            const { state } = loop.sequence(cube([batch, 2, options.inputSize], options.seed + 1));
            const run = (net: NTM): NtmSequence[] => [
              net.sequence(x),
              net.sequence(x, { state }),
              net.sequence(x, { trace: true }),
            ];
            expectSame(run(fused), run(loop));
            const both = (net: NTM) => [
              ...gradientsOf(net, () => costOf(net.sequence(x, { state }))),
              ...gradientsOf(net, () => costOf(net.sequence(x, { trace: true }))),
              ...valueAndGrads((at: Tensor) => sum<Scalar>(net.sequence(at).logits))([x]).grads,
              ...Object.values(net.differentiate(x, (logits) => sum(mul(logits, logits))).grads),
            ];
            expectSameGradients(both(fused), both(loop));
            fused.dispose();
            loop.dispose();
          });
        },
      ),
      { seed: 5, numRuns: 6 },
    );
  });

  const small: NtmOptions = { inputSize: 3, outputSize: 2, memorySize: 8, memoryDim: 4, seed: 1 };

  test('gives the same numbers for a long sequence in parts, and for heads that are held', () => {
    tidy(() => {
      const [auto, loop] = (['auto', 'reference'] as const).map((engine) =>
        NTM.build({ ...small, controller: gated, engine }),
      );
      const long = cube([1, 520, 3], 1);
      expectSame(auto?.sequence(long), loop?.sequence(long));
      const intervene: Intervention = { read: (said) => ({ ...said, gate: zerosLike(said.gate) }) };
      const short = cube([2, 3, 3], 2);
      expectSame(auto?.sequence(short, { intervene }), loop?.sequence(short, { intervene }));
    });
  });

  test('leaves no tensor behind', () => {
    const net = NTM.build({ ...small, controller: gated });
    const x = cube([2, 5, 3], 3);
    expect(net.runsOn).toBe('fused');
    expectNoLeak(() => net.sequence(x));
    expectNoLeak(() => net.sequence(x, { trace: true }));
    expectNoLeak(() => net.differentiate(x, (logits) => sum(mul(logits, logits))));
    expectNoLeak(() => tidy(() => ({ runsOn: net.runsOn, output: net.sequence(x).output })));
    x.dispose();
    net.dispose();
  });

  describe('what cannot be compiled', () => {
    const obstacles: readonly (readonly [name: string, reason: RegExp, ControllerFactory])[] = [
      [
        'a controller that reads numbers back',
        /^step: reads a value back, which cannot be compiled/,
        ({ inputSize, variable }) => {
          const inner = buildController(inputSize, 4, { kind: 'feedforward', variable, seed: 1 });
          return {
            ...inner,
            step: (x) => {
              x.dataSync();
              return inner.step(x, {});
            },
          };
        },
      ],
      [
        'a controller whose state has no batch',
        /^initialState\.controller\.table: expected shape/,
        ({ inputSize, variable }) => {
          const inner = buildController(inputSize, 4, { kind: 'feedforward', variable, seed: 1 });
          return {
            outputSize: 4,
            initialState: () => ({ table: ones([7, 2]) }),
            step: (x, state) => ({ output: inner.step(x, {}).output, state }),
          };
        },
      ],
    ];
    const build = (controller: ControllerFactory, engine: Engine) =>
      NTM.build({ ...small, controller, engine });

    test.each(obstacles)('%s: auto takes the loop, and fused says why', (_, reason, controller) => {
      tidy(() => {
        const [auto, fused, loop] = [
          build(controller, 'auto'),
          build(controller, 'fused'),
          build(controller, 'reference'),
        ];
        const x = cube([2, 3, 3], 4);
        expect([auto.runsOn, loop.runsOn, loop.whyReference]).toEqual(['reference', 'reference', undefined]);
        expect(auto.whyReference).toMatch(reason);
        expectClose(auto.sequence(x).logits, loop.sequence(x).logits, gradientTolerance);
        const cost = (logits: Tensor3D): Scalar => sum(mul(logits, logits));
        expectSameGradients(
          Object.values(auto.differentiate(x, cost).grads),
          Object.values(loop.differentiate(x, cost).grads),
        );
        for (const run of [() => fused.sequence(x), () => fused.differentiate(x, cost), () => fused.runsOn]) {
          expect(run).toThrow(/^engine: 'fused' is not there: /);
          expect(run).toThrow(new RegExp(reason.source.slice(1)));
        }
      });
    });
  });

  test('a mistake of a controller is told as by the loop, on every engine', () => {
    const wrong: ControllerFactory = ({ inputSize, variable }) => ({
      ...buildController(inputSize, 4, { kind: 'feedforward', variable }),
      step: (x, state) => ({ output: zeros([x.shape[0], 5]), state }),
    });
    for (const engine of ['auto', 'reference'] as const)
      expect(() =>
        tidy(() => NTM.build({ ...small, controller: wrong, engine }).sequence(cube([3, 2, 3], 1))),
      ).toThrow('controller.step: output: expected shape [3, 4] (batch, outputSize), got [3, 5]');
  });

  test.each(['lstm', 'feedforward'] as const)(
    'the step of the net of the paper with %s gives the numbers of its own kernels',
    (controller) => {
      tidy(() => {
        const net = NTM.build({
          ...{ inputSize: 9, outputSize: 8, memorySize: 128, memoryDim: 20, controllerSize: 100, seed: 2 },
          controller,
          engine: 'fused',
        });
        const [batch, time] = [2, 21];
        const x = randomUniform<Rank.R3>([batch, time, 9], 0, 1, 'float32', 1);
        const steps = { step: (xt: Tensor2D, state: ReturnType<NTM['initialState']>) => net.step(xt, state) };
        expect(scanEngine(steps, net.initialState(batch), x)).toEqual({ engine: 'fused' });
        const compiled = () => scan(steps, net.initialState(batch), x, { engine: 'fused' });
        const byHand = () => net.sequence(x);
        const [{ outputs, state }, wanted] = [compiled(), byHand()];
        expectSame({ outputs, state }, { outputs: wanted.output, state: wanted.state });
        const cost = (output: Tensor): Scalar => sum(mul(output, random(output.shape, 9)));
        expectSameGradients(
          gradientsOf(net, () => cost(compiled().outputs)),
          gradientsOf(net, () => cost(byHand().output)),
        );
        net.dispose();
      });
    },
  );
});
