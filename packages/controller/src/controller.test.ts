import {
  expectClose,
  expectGolden,
  expectMistakes,
  expectNoLeak,
  type GoldenCase,
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
  tidy,
  type Variable,
  variableGrads,
} from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import fixtures from '../fixtures/lstm.json' with { type: 'json' };
import { registerFused } from './fused.js';
import { buildController, lstmStep, plainVariable } from './index.js';
import { kernelNames } from './testing/kernelNames.js';

const cases: GoldenCase[] = fixtures;
const x = (batch: number, width: number, seed: number) =>
  randomUniform<Rank.R2>([batch, width], -1, 1, 'float32', seed);

onEachEngine('float64 golden vectors of the LSTM', { registerFused, kernelNames }, () => {
  test('agree in value and gradient', () => {
    expect(cases.length).toBeGreaterThan(0);
    for (const golden of cases) {
      expectGolden(golden, (given) => {
        const cell = { h: given.matrix('h'), c: given.matrix('c') };
        const weights = {
          kernel: given.matrix('kernel'),
          recurrentKernel: given.matrix('recurrentKernel'),
          bias: given.vector('bias'),
        };
        const { h, c } = lstmStep(given.matrix('x'), cell, weights);
        return concat([h, c], 1);
      });
    }
  });
});

onEachEngine('the controllers', { registerFused, kernelNames }, () => {
  const kinds = ['lstm', 'feedforward'] as const;

  test.each(kinds)('%s: each of three layers learns, starting values too', (kind) => {
    tidy(() => {
      const made = new Map<string, Variable>();
      const variable: typeof plainVariable = (name, initial) => {
        const created = plainVariable(name, initial);
        made.set(name, created);
        return created;
      };
      const controller = buildController(4, 5, { kind, layers: 3, seed: 1, variable });
      const run = () => {
        const first = controller.step(x(2, 4, 2), controller.initialState(2));
        return sum<Scalar>(controller.step(x(2, 4, 3), first.state).output);
      };
      const { grads } = variableGrads(run, [...made.values()]);
      expect(made.size).toBe(kind === 'lstm' ? 15 : 6);
      for (const [name, { id }] of made) {
        const gradient = Object.values(grads)[[...made.keys()].indexOf(name)];
        expect(Math.max(...(gradient?.dataSync() ?? []).map(Math.abs)), `${name} (${id})`).toBeGreaterThan(0);
      }
      for (const created of made.values()) created.dispose();
    });
  });

  test.each(kinds)('%s: the same seed gives the same net, another seed another', (kind) => {
    const output = (seed: number) =>
      tidy(() => {
        const controller = buildController(4, 5, { kind, seed });
        return controller.step(x(1, 4, 3), controller.initialState(1)).output.arraySync();
      });
    expect(output(1)).toEqual(output(1));
    expect(output(1)).not.toEqual(output(2));
  });

  test('lstm: what it gives depends on what it carries; feedforward carries nothing', () => {
    tidy(() => {
      const lstm = buildController(4, 5, { seed: 1 });
      const first = lstm.step(x(1, 4, 1), lstm.initialState(1));
      const again = lstm.step(x(1, 4, 1), first.state);
      expect(again.output.arraySync()).not.toEqual(first.output.arraySync());
      const plain = buildController(4, 5, { kind: 'feedforward', seed: 1 });
      expect(plain.initialState(1)).toEqual({});
    });
  });

  test('feedforward: layers of relu are max(0, x·kernel + bias)', () => {
    tidy(() => {
      const made: Tensor[] = [];
      const variable: typeof plainVariable = (name, initial) => {
        const created = plainVariable(name, initial);
        made.push(created);
        return created;
      };
      const options = { kind: 'feedforward', layers: 2, activation: 'relu', seed: 1, variable } as const;
      const controller = buildController(4, 5, options);
      const input = x(3, 4, 1);
      const [first, firstBias, second, secondBias] = made.map((each) => each.arraySync());
      const layer = (below: number[][], kernel: unknown, bias: unknown) =>
        below.map((row) =>
          (bias as number[]).map((start, j) =>
            Math.max(
              0,
              (kernel as number[][]).reduce(
                (total, line, i) => total + (line[j] ?? 0) * (row[i] ?? 0),
                start,
              ),
            ),
          ),
        );
      const hidden = layer(input.arraySync(), first, firstBias);
      const wanted = layer(hidden, second, secondBias);
      expect(wanted.flat().filter((value) => value === 0).length).toBeGreaterThan(0);
      expectClose(controller.step(input, {}).output, wanted, valueTolerance);
      for (const each of made) each.dispose();
    });
  });

  test.each(kinds)('%s: leaves no tensor behind', (kind) => {
    const controller = buildController(4, 5, { kind, layers: 2, seed: 1 });
    const input = x(2, 4, 1);
    expectNoLeak(() => controller.initialState(2));
    const state = controller.initialState(2);
    expectNoLeak(() => controller.step(input, state));
  });
});

onEachBackend('a mistake is told in one sentence', () => {
  expectMistakes([
    [() => buildController(0), 'inputSize: expected an integer of at least 1, got 0'],
    [
      () => Reflect.apply(buildController, undefined, [ones([3, 96]), 256]),
      'inputSize: expected the width of the input, got a tensor of shape [3,96]; pass the input to step(x, state) of the ' +
        'controller, and a symbolic tensor to buildController of @tapehead/ntm/layers',
    ],
    [() => buildController(3, -2), 'controllerSize: expected an integer of at least 1, got -2'],
    [() => buildController(3, 4, { layers: 0 }), 'layers: expected an integer from 1 to 1000, got 0'],
    [
      () => buildController(3, 4, { activation: 'relu' }),
      "lstm: unknown option 'activation'; expected one of 'controllerSize', 'layers'",
    ],
    [
      () => Reflect.apply(buildController, undefined, [3, 4, { kind: 'feedforward', activation: 'gelu' }]),
      "activation: expected one of 'tanh', 'relu', got 'gelu'",
    ],
    [
      () => {
        const controller = buildController(3, 4, { kind: 'feedforward' });
        controller.step(ones<Rank.R2>([2, 5]), {});
      },
      'x: expected shape [batch, 3] (inputSize 3), got [2, 5]',
    ],
    [
      () => {
        const controller = buildController(3, 4);
        controller.step(ones<Rank.R2>([2, 5]), controller.initialState(2));
      },
      'x: expected shape [batch, 3] (inputSize 3), got [2, 5]',
    ],
  ]);
});
