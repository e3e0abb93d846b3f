import { asCube as cube, asMatrix as matrix } from '@tapehead/core';
import {
  expectClose,
  expectSameGradients,
  gradientTolerance,
  kernelCalls,
  onEachBackend,
} from '@tapehead/testing';
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
  type Tensor2D,
  type Tensor3D,
  tidy,
  train,
  valueAndGrads,
  variableGrads,
} from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { registerFused } from '../fused.js';
import { LSTMBaseline, type LstmBaselineOptions, type LstmBaselineSequence } from '../index.js';
import { baselineKernelNames } from '../testing/kernelNames.js';

const nets = fc.record({
  inputSize: fc.integer({ min: 1, max: 11 }),
  outputSize: fc.integer({ min: 1, max: 11 }),
  layers: fc.integer({ min: 1, max: 4 }),
  size: fc.integer({ min: 1, max: 21 }),
  seed: fc.integer({ min: 1, max: 1e5 }),
});
const lengths = fc.record({ batch: fc.integer({ min: 1, max: 9 }), time: fc.integer({ min: 1, max: 9 }) });

const random = (shape: number[], seed: number): Tensor => randomUniform(shape, -0.7, 0.7, 'float32', seed);
const inputOf = ({ config }: LSTMBaseline, batch: number, time: number, seed: number): Tensor3D =>
  randomUniform<Rank.R3>([batch, time, config.inputSize], -1, 1, 'float32', seed);

/** The same net on both engines, with random values in all parameters, biases and start too. */
function bothEngines(options: LstmBaselineOptions): { fused: LSTMBaseline; reference: LSTMBaseline } {
  const [fused, reference] = [
    LSTMBaseline.build({ ...options, engine: 'fused' }),
    LSTMBaseline.build({ ...options, engine: 'reference' }),
  ];
  for (const [i, name] of Object.keys(fused.parameters).entries()) {
    for (const { parameters } of [fused, reference]) {
      const parameter = parameters[name];
      if (parameter) tidy(() => parameter.assign(random(parameter.shape, i + (options.seed ?? 1))));
    }
  }
  return { fused, reference };
}

const listOf = ({ state }: LstmBaselineSequence): Tensor2D[] => state.cells.flatMap(({ h, c }) => [h, c]);

/** A cost in which the logits and every number of the last state count. */
function costOf(sequence: LstmBaselineSequence): Scalar {
  const parts = [sequence.logits, ...listOf(sequence)];
  return addN(parts.map((each, i) => sum<Scalar>(mul(each, random(each.shape, 1000 + i)))));
}

/** Values pass through up to nine steps, each with its sums: the tolerance of gradients. */
function expectSameSequence(own: LstmBaselineSequence, wanted: LstmBaselineSequence): void {
  expectClose(own.output, wanted.output, gradientTolerance, 'output');
  const states = listOf(wanted);
  for (const [i, each] of listOf(own).entries()) {
    expectClose(each, states[i] ?? [], gradientTolerance, `state ${i}`);
  }
}

onEachBackend('the fused LSTM baseline', () => {
  beforeAll(registerFused);

  test('equals the reference for any net: outputs, last state, and gradients through both, from the learned start', () => {
    fc.assert(
      fc.property(nets, lengths, (options, { batch, time }) => {
        tidy(() => {
          const { fused, reference } = bothEngines(options);
          const x = inputOf(fused, batch, time, options.seed);
          expectSameSequence(fused.sequence(x), reference.sequence(x));
          const gradientsOf = (net: LSTMBaseline): Tensor[] => {
            const variables = Object.values(net.parameters);
            const { grads } = variableGrads(() => costOf(net.sequence(x)), variables);
            return variables.flatMap(({ name }) => grads[name] ?? []);
          };
          const own = gradientsOf(fused);
          expect(own).toHaveLength(Object.keys(fused.parameters).length);
          expectSameGradients(own, gradientsOf(reference));
          fused.dispose();
          reference.dispose();
        });
      }),
      { seed: 5, numRuns: 25 },
    );
  });

  test('and from a given state, with gradients for the input and all of that state', () => {
    fc.assert(
      fc.property(nets, lengths, (options, { batch, time }) => {
        tidy(() => {
          const { fused, reference } = bothEngines(options);
          const x = inputOf(fused, batch, time, options.seed);
          const start = reference.sequence(inputOf(fused, batch, 2, options.seed + 1));
          const points = [x, ...listOf(start)];
          const runAt = (net: LSTMBaseline, [input, ...cells]: Tensor[]) =>
            net.sequence(cube(input ?? x), { state: { cells: pairs(cells) } });
          expectSameSequence(runAt(fused, points), runAt(reference, points));
          const gradientsOf = (net: LSTMBaseline): Tensor[] =>
            valueAndGrads((...at: Tensor[]) => costOf(runAt(net, at)))(points).grads;
          expectSameGradients(gradientsOf(fused), gradientsOf(reference));
          fused.dispose();
          reference.dispose();
        });
      }),
      { seed: 6, numRuns: 25 },
    );
  });

  test.each([
    { size: 36, batch: 1 },
    { size: 36, batch: 4 },
    { size: 37, batch: 4 },
  ])(
    'differentiate is the tape of the reference in one call each way: size $size, batch $batch',
    async ({ size, batch }) => {
      const { fused, reference } = bothEngines({ inputSize: 9, outputSize: 8, size, seed: 3 });
      const x = inputOf(fused, batch, 41, 3);
      const cost = (logits: Tensor3D): Scalar => sum(square(logits));
      tidy(() => {
        const [a, b] = [fused.differentiate(x, cost), reference.differentiate(x, cost)];
        expectClose(a.value, b.value, 1e-5);
        const gradientsOf = ({ trainable }: LSTMBaseline, grads: Record<string, Tensor>): Tensor[] =>
          Object.values(trainable).flatMap(({ name }) => grads[name] ?? []);
        const own = gradientsOf(fused, a.grads);
        expect(own).toHaveLength(Object.keys(fused.parameters).length);
        expectSameGradients(own, gradientsOf(reference, b.grads));
      });
      const calls = await kernelCalls(() => fused.differentiate(x, cost).grads);
      const ours: string[] = Object.values(baselineKernelNames);
      expect(calls.filter((name) => ours.includes(name))).toEqual(ours);
      x.dispose();
      fused.dispose();
      reference.dispose();
    },
  );

  test('trains on a sequence of 10,000 steps', () => {
    const net = LSTMBaseline.build({ inputSize: 3, outputSize: 2, size: 6, seed: 1, engine: 'fused' });
    const x = inputOf(net, 1, 10_000, 1);
    const cost = (logits: Tensor): Scalar => sum<Scalar>(square(logits));
    const { value, grads } = net.differentiate(x, cost);
    train.sgd(1e-6).applyGradients(grads);
    const after = tidy(() => cost(net.sequence(x).logits));
    const numbers = Object.values(grads).flatMap((each) => [...each.dataSync()]);
    expect(numbers.every(Number.isFinite)).toBe(true);
    expect(after.dataSync()[0]).toBeLessThan(value.dataSync()[0] ?? Number.NaN);
    for (const each of [x, value, after, ...Object.values(grads)]) each.dispose();
    net.dispose();
  });

  test('200 iterations, with and without a tape, leave the memory of tfjs as it was', () => {
    const net = LSTMBaseline.build({ inputSize: 3, outputSize: 2, size: 5, seed: 1, engine: 'fused' });
    const x = inputOf(net, 2, 5, 1);
    const optimizer = train.sgd(1e-3);
    const iterate = () =>
      tidy(() => {
        optimizer.applyGradients(net.differentiate(x, (logits) => sum<Scalar>(square(logits))).grads);
        optimizer.applyGradients(variableGrads(() => costOf(net.sequence(x))).grads);
      });
    iterate();
    const { numTensors, numBytes } = memoryOfTfjs();
    for (let i = 0; i < 200; i++) iterate();
    expect(memoryOfTfjs()).toMatchObject({ numTensors, numBytes });
    x.dispose();
    net.dispose();
  });
});

function pairs(cells: Tensor[]): { h: Tensor2D; c: Tensor2D }[] {
  return cells.flatMap((h, i) => {
    const c = cells[i + 1];
    return i % 2 === 0 && c ? [{ h: matrix(h), c: matrix(c) }] : [];
  });
}
