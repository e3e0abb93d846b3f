import { lstm } from '@tapehead/controller';
import { expectClose, expectMistakes, expectNoLeak, onEachEngine } from '@tapehead/testing';
import {
  add,
  concat,
  dispose,
  fill,
  grads,
  mul,
  type Rank,
  randomNormal,
  reshape,
  type Scalar,
  slice,
  square,
  sum,
  Tensor,
  type Tensor3D,
  tensor,
  tidy,
  variableGrads,
  zeros,
} from '@tensorflow/tfjs-core';
import { describe, expect, test, vi } from 'vitest';
import { registerFused } from './fused.js';
import {
  type CostGradients,
  type Floats,
  type LengthOptions,
  LSTMBaseline,
  NTM,
  type NtmOptions,
  type SequenceCost,
  type SequenceOptions,
} from './index.js';
import { baselineKernelNames, kernelNames } from './testing/kernelNames.js';

const [batch, time, inputSize, outputSize] = [3, 6, 3, 2];
const lengths = [4, 6, 1];

const small: NtmOptions = { inputSize, outputSize, memorySize: 7, memoryDim: 4, controllerSize: 5, seed: 1 };
/** A net, as these tests use it. */
type Net = Pick<NTM, 'parameters' | 'runsOn'> & {
  differentiate(x: Floats, cost: SequenceCost, options?: LengthOptions): CostGradients;
  sequence(
    x: Tensor,
    options?: { lengths?: number[]; mask?: Tensor; state?: never },
  ): { output: Tensor3D; logits: Tensor3D; state: object };
};
const nets: Readonly<Record<string, () => Net>> = {
  lstm: () => NTM.build(small),
  'feedforward, two heads, read first': () =>
    NTM.build({ ...small, controller: 'feedforward', numHeads: 2, order: 'read-first' }),
  'a controller of your own': () =>
    NTM.build({ ...small, controller: (context) => lstm(context, { controllerSize: 4 }) }),
  'the LSTM baseline': () => LSTMBaseline.build({ inputSize, outputSize, layers: 2, size: 4, seed: 1 }),
};

const random = (shape: number[], seed: number) => randomNormal(shape, 0, 1, 'float32', seed);

/** Three sequences, followed by steps of this value. */
function padded(value: number, steps = time): Tensor3D {
  const rows = lengths.map((length, row) => {
    const own = slice(random([batch, time, inputSize], 5), [row, 0, 0], [1, length, -1]);
    return concat([own, fill([1, steps - length, inputSize], value)], 1);
  });
  return reshape<Rank.R3>(concat(rows, 0), [batch, steps, inputSize]);
}

function tensorsIn(nest: unknown): Tensor[] {
  if (nest instanceof Tensor) return [nest];
  return typeof nest === 'object' && nest !== null ? Object.values(nest).flatMap(tensorsIn) : [];
}

const weighted = (given: Tensor, seed: number) => sum<Scalar>(mul(given, random(given.shape, seed)));

/** A cost of each sequence by itself: a weighted sum of its logits, and of their squares. */
const costOfRow = (row: number) => (logits: Tensor) => {
  const [, steps] = logits.shape;
  const weights = slice(random([batch, 9, outputSize], 20), [row, 0, 0], [1, steps ?? 0, -1]);
  return sum<Scalar>(add(mul(logits, weights), square(logits)));
};
const cost: SequenceCost = (logits) =>
  lengths.reduce<Scalar>(
    (total, _, row) => add<Scalar>(total, costOfRow(row)(slice(logits, [row, 0, 0], [1, -1, -1]))),
    zeros([]),
  );

/** The sums over sequences, and over steps, are in another order; kernels and tfjs sum otherwise too. */
const tolerance = 2e-5;

const names = {
  ...kernelNames,
  lstm: baselineKernelNames.forward,
  lstmBack: baselineKernelNames.backward,
};

onEachEngine('lengths', { registerFused, kernelNames: names }, (engine) => {
  describe.each(Object.entries(nets))('%s', (_, build) => {
    test('outputs and last states are those of each sequence by itself; padding is 0', () => {
      tidy(() => {
        const net = build();
        const x = padded(3);
        const { output, logits, state } = net.sequence(x, { lengths });
        for (const [row, length] of lengths.entries()) {
          const alone = net.sequence(slice(x, [row, 0, 0], [1, length, -1]));
          for (const [all, wanted] of [
            [output, alone.output],
            [logits, alone.logits],
          ] as const) {
            expectClose(slice(all, [row, 0, 0], [1, length, -1]), wanted, tolerance);
            const after = slice(all, [row, length, 0], [1, time - length, -1]);
            expect(Array.from(after.dataSync())).toEqual(Array(after.size).fill(0));
          }
          const own = tensorsIn(state).map((each) => slice(each, row, 1));
          const wanted = tensorsIn(alone.state);
          expect(own.length).toBe(wanted.length);
          for (const [i, each] of own.entries()) expectClose(each, wanted[i] ?? [], tolerance);
        }
      });
    });

    test('differentiate gives the sum of the gradients of each sequence by itself', () => {
      tidy(() => {
        const net = build();
        const x = padded(3);
        const { value, grads: all } = net.differentiate(x, cost, { lengths });
        const alone = lengths.map((length, row) =>
          net.differentiate(slice(x, [row, 0, 0], [1, length, -1]), costOfRow(row)),
        );
        expectClose(
          value,
          alone.reduce((total, each) => add(total, each.value), zeros([])),
          tolerance,
        );
        for (const { name } of Object.values(net.parameters)) {
          const wanted = alone.reduce<Tensor>((total, each) => add(total, each.grads[name] ?? 0), zeros([]));
          expectClose(all[name] ?? [], wanted, tolerance, name);
        }
      });
    });

    test('what stands at padding, NaN too, and how much of it, changes nothing', () => {
      tidy(() => {
        const net = build();
        const all = (x: Tensor3D) => {
          const options = { lengths };
          const { output, logits, state } = net.sequence(x, options);
          const { value, grads: byName } = net.differentiate(x, cost, options);
          const ofSequence = variableGrads(() =>
            tidy(() => {
              const run = net.sequence(x, options);
              return tensorsIn([run.logits, run.state])
                .filter(({ dtype }) => dtype === 'float32')
                .reduce<Scalar>(
                  (total, each, i) => add<Scalar>(total, weighted(take(each), i + 40)),
                  zeros([]),
                );
            }),
          );
          const kept = [take(output), take(logits), ...tensorsIn(state), value];
          return [...kept, ...Object.values(byName), ...Object.values(ofSequence.grads)];
        };
        /** Of outputs, the steps that both have. */
        const take = (each: Tensor) =>
          each.shape[2] === outputSize && each.shape[1] !== undefined && each.shape[1] >= time
            ? slice(each, [0, 0, 0], [-1, time, -1])
            : each;
        const wanted = all(padded(0));
        for (const value of [7, Number.NaN, Number.POSITIVE_INFINITY]) {
          const got = all(padded(value));
          expect(got.length).toBe(wanted.length);
          for (const [i, each] of got.entries()) {
            expect(Array.from(each.dataSync())).toEqual(Array.from(wanted[i]?.dataSync() ?? []));
          }
        }
        const longer = all(padded(Number.NaN, time + 3));
        for (const [i, each] of longer.entries()) expectClose(each, wanted[i] ?? [], tolerance);
        const slopes = grads((x: Tensor) => cost(net.sequence(x, { lengths }).logits))([padded(Number.NaN)]);
        const [ofX] = slopes;
        if (ofX === undefined) throw new Error('x has a gradient');
        expect(Array.from(slice(ofX, [2, 1, 0], [1, time - 1, -1]).dataSync())).toEqual(
          Array((time - 1) * inputSize).fill(0),
        );
        expect(ofX.dataSync().every(Number.isFinite)).toBe(true);
      });
    });

    test('a mask leaves steps out anywhere', () => {
      tidy(() => {
        const net = build();
        const x = padded(3);
        const taken = [1, 3, 4];
        const mask = tensor(
          Array.from({ length: batch }, () =>
            Array.from({ length: time }, (_, t) => Number(taken.includes(t))),
          ),
          [batch, time],
        );
        const at = (all: Tensor) =>
          concat(
            taken.map((t) => slice(all, [0, t, 0], [-1, 1, -1])),
            1,
          );
        const got = net.sequence(x, { mask });
        const wanted = net.sequence(at(x));
        expectClose(at(got.output), wanted.output, tolerance);
        const ends = tensorsIn(wanted.state);
        for (const [i, each] of tensorsIn(got.state).entries()) expectClose(each, ends[i] ?? [], tolerance);
        const flat: SequenceCost = (logits) => weighted(logits.shape[1] === time ? at(logits) : logits, 50);
        const { grads: own } = net.differentiate(x, flat, { mask });
        const { grads: others } = net.differentiate(at(x), flat);
        for (const [name, each] of Object.entries(own))
          expectClose(each, others[name] ?? [], tolerance, name);
      });
    });

    test('a cost that gives its own slope is asked at steps that count alone', () => {
      tidy(() => {
        const net = build();
        const plain = net.differentiate(padded(3), cost, { lengths });
        const andSlope = vi.fn((logits: Tensor3D) => {
          expect(Array.from(slice(logits, [2, 1, 0], [1, time - 1, -1]).dataSync())).toEqual(
            Array((time - 1) * outputSize).fill(0),
          );
          const { value, slope } = slopeOf(logits);
          // Its slope at padding has no part in the gradients.
          const ones = concat(
            [zeros<Rank.R3>([2, time, outputSize]), fill<Rank.R3>([1, time, outputSize], 9)],
            0,
          );
          return { value, slope: withPadding(slope, ones) };
        });
        const both: SequenceCost = Object.assign((logits: Tensor3D) => cost(logits), { andSlope });
        const { grads: own } = net.differentiate(padded(3), both, { lengths });
        for (const [name, each] of Object.entries(own)) expectClose(each, plain.grads[name] ?? [], tolerance);
      });
    });

    test('leaves nothing behind', () => {
      const net = build();
      const x = padded(3);
      expectNoLeak(() => tensorsIn(net.sequence(x, { lengths })));
      expectNoLeak(() => tensorsIn(net.differentiate(x, cost, { lengths })));
      dispose([x, ...Object.values(net.parameters)]);
    });
  });

  test('a trace is 0 at padding, and each step of it is that of the sequence by itself', () => {
    tidy(() => {
      const net = NTM.build(small);
      const x = padded(Number.NaN);
      const { trace } = net.sequence(x, { lengths, trace: true });
      for (const [row, length] of lengths.entries()) {
        const alone = net.sequence(slice(x, [row, 0, 0], [1, length, -1]), { trace: true });
        const wanted = tensorsIn(alone.trace);
        for (const [i, each] of tensorsIn(trace).entries()) {
          const rest = each.shape.slice(2);
          const at = (from: number, size: number) =>
            slice(each, [row, from, ...rest.map(() => 0)], [1, size, ...rest]);
          expectClose(at(0, length), wanted[i] ?? [], tolerance);
          const after = at(length, time - length);
          expect(Array.from(after.dataSync())).toEqual(Array(after.size).fill(0));
        }
      }
    });
  });

  const testOfKernels: typeof test | undefined = engine === 'fused' ? test : undefined;
  testOfKernels?.('are compiled: forward, back, and for a cost', () => {
    tidy(() => {
      const x = padded(3);
      const fused = { ...small, engine: 'fused' } as const;
      for (const net of [
        NTM.build(fused),
        LSTMBaseline.build({ inputSize, outputSize, size: 4, engine: 'fused' }),
      ]) {
        expect(net.sequence(x, { lengths }).output.shape).toEqual([batch, time, outputSize]);
        variableGrads(() => cost(net.sequence(x, { lengths }).logits));
        net.differentiate(x, cost, { lengths });
      }
    });
  });

  test('lengths that are all the whole sequence change nothing, not even the kernels', () => {
    tidy(() => {
      const net = NTM.build(small);
      const x = padded(3);
      const plain = net.sequence(x);
      const whole = net.sequence(x, { lengths: [time, time, time] });
      expect(whole.output.dataSync()).toEqual(plain.output.dataSync());
    });
  });

  const net = () => NTM.build(small);
  const odd = (value: unknown) => JSON.parse(JSON.stringify(value));
  const lengthsInTensor = (): SequenceOptions => {
    const options: SequenceOptions = {};
    Reflect.set(options, 'lengths', tensor([4, 4]));
    return options;
  };
  const of = (given: object) => () => net().sequence(zeros([2, 4, 3]), odd(given));
  const slopeFor = (given: object) => () => net().differentiate(zeros([2, 4, 3]), (x) => sum(x), odd(given));
  expectMistakes([
    [of({ lengths: [0, 4] }), 'lengths[0]: expected an integer from 1 to 4 (time 4), got 0'],
    [of({ lengths: [4, 5] }), 'lengths[1]: expected an integer from 1 to 4 (time 4), got 5'],
    [of({ lengths: [4, 1.5] }), 'lengths[1]: expected an integer from 1 to 4 (time 4), got 1.5'],
    [of({ lengths: [4] }), 'lengths: expected shape [2] (batch 2), got [1]'],
    [of({ lengths: 4 }), 'lengths: expected an array of 2 integers from 1 to 4, got 4'],
    [of({ lengths: [4, 4], mask: [1] }), 'sequence: expected a mask or lengths, got both'],
    [of({ mask: [[1]] }), 'mask: expected shape [2, 4] (batch 2, time 4), got [1, 1]'],
    [of({ length: [4, 4] }), "sequence: unknown option 'length', did you mean 'lengths'?"],
    [slopeFor({ lengths: [4, 5] }), 'lengths[1]: expected an integer from 1 to 4 (time 4), got 5'],
    [slopeFor({ length: [4, 4] }), "differentiate: unknown option 'length', did you mean 'lengths'?"],
    [
      () => net().sequence(zeros([2, 4, 3]), lengthsInTensor()),
      'lengths: expected an array of 2 integers from 1 to 4, got a tensor of shape [2]',
    ],
    [
      () => LSTMBaseline.build({ inputSize, size: 4 }).sequence(zeros([2, 4, 3]), { lengths: [4, 9] }),
      'lengths[1]: expected an integer from 1 to 4 (time 4), got 9',
    ],
  ]);
});

/** The slope of the third sequence is that of its one step, and something else after it. */
function withPadding(slope: Tensor, others: Tensor): Tensor {
  const first = slice(slope, [2, 0, 0], [1, 1, -1]);
  const third = concat([first, slice(others, [2, 1, 0], [1, -1, -1])], 1);
  return concat([slice(slope, 0, 2), third], 0);
}

/** The value and the slope of the cost of all sequences. */
function slopeOf(logits: Tensor3D): { value: Scalar; slope: Tensor } {
  const [slope] = grads((given: Tensor) => cost(reshape<Rank.R3>(given, logits.shape)))([logits]);
  if (slope === undefined) throw new Error('a cost has a slope');
  return { value: cost(logits), slope };
}
