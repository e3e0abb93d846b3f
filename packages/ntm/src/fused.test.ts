import { expectClose, expectSameGradients, gradientTolerance, onEachBackend } from '@tapehead/testing';
import {
  addN,
  memory as memoryOfTfjs,
  mul,
  type Rank,
  randomUniform,
  type Scalar,
  square,
  sum,
  type Tensor,
  type Tensor3D,
  tensor_util,
  tidy,
  train,
  valueAndGrads,
  variableGrads,
} from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { registerFused } from './fused.js';
import { NTM, type NtmOptions, type NtmSequence, type NtmState } from './index.js';

const nets = fc
  .record({
    inputSize: fc.integer({ min: 1, max: 9 }),
    outputSize: fc.integer({ min: 1, max: 9 }),
    memorySize: fc.integer({ min: 1, max: 36 }),
    memoryDim: fc.integer({ min: 2, max: 9 }),
    controllerSize: fc.integer({ min: 1, max: 13 }),
    readHeads: fc.integer({ min: 1, max: 3 }),
    writeHeads: fc.integer({ min: 1, max: 3 }),
    controller: fc.constantFrom('lstm' as const, 'feedforward' as const),
    layers: fc.integer({ min: 1, max: 3 }),
    half: fc.integer({ min: 0, max: 5 }),
    keyAndAddActivation: fc.constantFrom('tanh' as const, 'linear' as const),
    order: fc.constantFrom('write-first' as const, 'read-first' as const),
    seed: fc.integer({ min: 1, max: 1e5 }),
  })
  .map(({ half, ...net }) => ({
    ...net,
    shifts: 1 + 2 * Math.min(half, Math.floor((net.memorySize - 1) / 2)),
  }));
const lengths = fc.record({ batch: fc.integer({ min: 1, max: 6 }), time: fc.integer({ min: 1, max: 6 }) });

const random = (shape: number[], seed: number): Tensor => randomUniform(shape, -0.7, 0.7, 'float32', seed);
const inputOf = (ntm: NTM, batch: number, time: number, seed: number): Tensor3D =>
  randomUniform<Rank.R3>([batch, time, ntm.config.inputSize], -1, 1, 'float32', seed);

/** The same net on both engines, with random values in all parameters, biases and start too. */
function bothEngines(options: NtmOptions): { fused: NTM; reference: NTM } {
  const [fused, reference] = [
    NTM.build({ ...options, engine: 'fused' }),
    NTM.build({ ...options, engine: 'reference' }),
  ];
  for (const [i, name] of Object.keys(fused.parameters).entries()) {
    for (const { parameters } of [fused, reference]) {
      const parameter = parameters[name];
      if (parameter) tidy(() => parameter.assign(random(parameter.shape, i + (options.seed ?? 1))));
    }
  }
  return { fused, reference };
}

/** memory, readWeights, writeWeights, reads, and h and c of each layer. */
function listOf({ memory, readWeights, writeWeights, reads, controller }: NtmState): Tensor[] {
  return tensor_util.getTensorsInContainer([memory, readWeights, writeWeights, reads, controller]);
}

/** A cost in which the logits and every number of the last state count. */
function costOf({ logits, state }: NtmSequence): Scalar {
  return addN(
    [logits, ...listOf(state)].map((each, i) => sum<Scalar>(mul(each, random(each.shape, 1000 + i)))),
  );
}

onEachBackend('the fused sequence', () => {
  beforeAll(registerFused);

  test('equals the reference for any net: outputs, last state, and gradients through both, from the learned start', () => {
    fc.assert(
      fc.property(nets, lengths, (options, { batch, time }) => {
        tidy(() => {
          const { fused, reference } = bothEngines(options);
          const x = inputOf(fused, batch, time, options.seed);
          expectSameSequence(fused.sequence(x), reference.sequence(x));
          const gradientsOf = (ntm: NTM): Tensor[] => {
            const variables = Object.values(ntm.parameters);
            const { grads } = variableGrads(() => costOf(ntm.sequence(x)), variables);
            return variables.flatMap(({ name }) => grads[name] ?? []);
          };
          const own = gradientsOf(fused);
          expect(own).toHaveLength(Object.keys(fused.parameters).length);
          expectSameGradients(own, gradientsOf(reference));
          fused.dispose();
          reference.dispose();
        });
      }),
      { seed: 3, numRuns: 20 },
    );
  });

  test('and from a given state, with gradients for the input and all of that state', () => {
    fc.assert(
      fc.property(nets, lengths, (options, { batch, time }) => {
        tidy(() => {
          const { fused, reference } = bothEngines(options);
          const x = inputOf(fused, batch, time, options.seed);
          const { state } = reference.sequence(inputOf(fused, batch, 2, options.seed + 1));
          const points = [x, ...listOf(state)];
          const runAt = (ntm: NTM, [input, memory, readWeights, writeWeights, reads, ...cells]: Tensor[]) => {
            const controller = cells.length === 0 ? {} : { cells: pairs(cells) };
            const start = {
              controller,
              memory: cube(memory),
              readWeights: cube(readWeights),
              writeWeights: cube(writeWeights),
              reads: cube(reads),
            };
            return ntm.sequence(cube(input), { state: start });
          };
          expectSameSequence(runAt(fused, points), runAt(reference, points));
          const gradientsOf = (ntm: NTM): Tensor[] =>
            valueAndGrads((...at: Tensor[]) => costOf(runAt(ntm, at)))(points).grads;
          expectSameGradients(gradientsOf(fused), gradientsOf(reference));
          fused.dispose();
          reference.dispose();
        });
      }),
      { seed: 4, numRuns: 20 },
    );
  });

  const small = { inputSize: 3, outputSize: 2, memorySize: 8, memoryDim: 4, controllerSize: 6, seed: 1 };

  test('trains on a sequence of 10,000 steps', () => {
    const ntm = NTM.build({ ...small, engine: 'fused' });
    const x = inputOf(ntm, 1, 10_000, 1);
    const cost = (logits: Tensor): Scalar => sum<Scalar>(square(logits));
    const { value, grads } = ntm.differentiate(x, cost);
    const optimizer = train.sgd(1e-6);
    optimizer.applyGradients(grads);
    const after = tidy(() => cost(ntm.sequence(x).logits));
    expect(
      Object.values(grads)
        .flatMap((each) => [...each.dataSync()])
        .every(Number.isFinite),
    ).toBe(true);
    expect(after.dataSync()[0]).toBeLessThan(value.dataSync()[0] ?? Number.NaN);
    for (const each of [x, value, after, ...Object.values(grads)]) each.dispose();
    ntm.dispose();
  });

  test('200 iterations and passes with a trace leave the memory of tfjs as it was', () => {
    const ntm = NTM.build({ ...small, engine: 'fused' });
    const x = inputOf(ntm, 2, 5, 1);
    const optimizer = train.sgd(1e-3);
    const iterate = () =>
      tidy(() => {
        optimizer.applyGradients(ntm.differentiate(x, (logits) => sum<Scalar>(square(logits))).grads);
        optimizer.applyGradients(variableGrads(() => costOf(ntm.sequence(x))).grads);
        ntm.sequence(x, { trace: true });
      });
    iterate();
    const { numTensors, numBytes } = memoryOfTfjs();
    for (let i = 0; i < 200; i++) iterate();
    expect(memoryOfTfjs()).toMatchObject({ numTensors, numBytes });
    x.dispose();
    ntm.dispose();
  });
});

/** Values pass through up to six steps, each with its sums: the tolerance of gradients. */
function expectSameSequence(own: NtmSequence, wanted: NtmSequence): void {
  expectClose(own.output, wanted.output, gradientTolerance, 'output');
  const states = listOf(wanted.state);
  for (const [i, each] of listOf(own.state).entries()) {
    expectClose(each, states[i] ?? [], gradientTolerance, `state ${i}`);
  }
}

function pairs(cells: Tensor[]): { h: Tensor; c: Tensor }[] {
  return cells.flatMap((h, i) => {
    const c = cells[i + 1];
    return i % 2 === 0 && c ? [{ h, c }] : [];
  });
}

function cube(tensor: Tensor | undefined): Tensor3D {
  if (tensor && isCube(tensor)) return tensor;
  throw new Error('three axes');
}
const isCube = (tensor: Tensor): tensor is Tensor3D => tensor.rank === 3;
