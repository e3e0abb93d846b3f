import { expectMistakes, expectTooLarge, onEachBackend, onEachEngine, testDtypes } from '@tapehead/testing';
import {
  cast,
  concat,
  ones,
  type Rank,
  reshape,
  type Tensor,
  tensor2d,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { registerFused } from './fused.js';
import {
  buildController,
  type ControllerSize,
  feedforward,
  glorotUniform,
  initialCell,
  lstm,
  lstmLayer,
  lstmStep,
  plainVariable,
} from './index.js';
import { kernelNames } from './testing/kernelNames.js';

const list = (given: Tensor): number[] => Array.from(given.dataSync());
const odd = (text: string) => JSON.parse(text);
const context = { inputSize: 3, variable: plainVariable, nextSeed: () => 1 };

onEachEngine('numbers of any type', { registerFused, kernelNames }, () => {
  testDtypes('lstmStep', [[2, 3], [2, 4], [2, 4], [3, 16], [4, 16], [16]], (given) => {
    const [x = 0, h = 0, c = 0, kernel = 0, recurrentKernel = 0, bias = 0] = given;
    const next = lstmStep(x, { h, c }, { kernel, recurrentKernel, bias });
    return concat([next.h, next.c], 1);
  });
  for (const kind of ['lstm', 'feedforward'] as const) {
    testDtypes(`a step of ${kind}`, [[2, 3]], ([x]) => {
      const controller = buildController(3, 4, { kind, layers: 2, seed: 1 });
      return controller.step(x ?? 0, controller.initialState(2)).output;
    });
  }
  testDtypes(
    'a state',
    [
      [2, 4],
      [2, 4],
    ],
    ([h = zeros([2, 4]), c = zeros([2, 4])]) => {
      const controller = lstm(context, { controllerSize: 4 });
      const matrix = (given: Tensor) => reshape<Rank.R2>(given, [2, 4]);
      const cells = [{ h: matrix(h), c: matrix(c) }];
      return controller.step(ones([2, 3]), { cells }).output;
    },
  );

  test('and arrays of them', () => {
    tidy(() => {
      const controller = buildController(2, 3, { seed: 1 });
      const state = controller.initialState(1);
      const wanted = list(controller.step(tensor2d([[1, 0]]), state).output);
      expect(list(controller.step([[1, 0]], state).output)).toEqual(wanted);
      expect(list(controller.step(cast(tensor2d([[1, 0]]), 'bool'), state).output)).toEqual(wanted);
      expect(list(initialCell({ h: [1, 2], c: [3, 4] }, 2).c)).toEqual([3, 4, 3, 4]);
    });
  });
});

onEachEngine('a state that does not fit', { registerFused, kernelNames }, () => {
  const weights = () => ({ kernel: zeros([3, 16]), recurrentKernel: zeros([4, 16]), bias: zeros([16]) });
  const zeros2d = (batch: number, units: number) => zeros<Rank.R2>([batch, units]);
  const cell = (batch: number, units = 4) => ({ h: zeros2d(batch, units), c: zeros2d(batch, units) });
  const x = () => ones([3, 3]);
  const net = () => lstm(context, { controllerSize: 4, layers: 2 });
  const disposed = () => {
    const gone = ones([3, 3]);
    gone.dispose();
    return gone;
  };
  expectMistakes([
    [() => lstmStep(x(), cell(1), weights()), 'h: expected shape [3, 4] (batch 3, units 4), got [1, 4]'],
    [() => lstmStep(x(), cell(3, 5), weights()), 'h: expected shape [3, 4] (batch 3, units 4), got [3, 5]'],
    [() => lstmStep(x(), odd('null'), weights()), 'cell: expected { h, c }, got null'],
    [() => lstmStep(x(), odd('{}'), weights()), 'h: expected a tensor of numbers, got undefined'],
    [() => lstmStep(x(), cell(3), odd('{}')), 'recurrentKernel: expected a tensor of numbers, got undefined'],
    [
      () => lstmStep(disposed(), cell(3), weights()),
      'x: expected a tensor of numbers, got a tensor that was disposed',
    ],
    [() => lstmStep(zeros([0, 3]), cell(1), weights()), 'x: expected no empty axis, got shape [0, 3]'],
    [
      () => lstmStep(x(), cell(3), weights(), odd('{"engin":"auto"}')),
      "lstmStep: unknown option 'engin', did you mean 'engine'?",
    ],
    [
      () => net().step(x(), { cells: [cell(3), cell(1)] }),
      'state.cells[1].h: expected shape [3, 4] (batch 3, units 4), got [1, 4]',
    ],
    [
      () => net().step(x(), { cells: [{ ...cell(3), c: cell(3, 1).c }, cell(3)] }),
      'state.cells[0].c: expected shape [3, 4] (batch 3, units 4), got [3, 1]',
    ],
    [
      () => net().step(x(), { cells: [cell(3)] }),
      'state.cells: expected an array of 2, one cell per layer, got an array of 1',
    ],
    [
      () => net().step(x(), odd('{}')),
      'state.cells: expected an array of 2, one cell per layer, got undefined',
    ],
    [() => net().step(x(), odd('{"cells":[null,{}]}')), 'state.cells[0]: expected { h, c }, got null'],
    [() => net().step(x(), odd('null')), 'state: expected { cells }, got null'],
    [
      () => feedforward(context, { controllerSize: 4 }).step(x(), odd('null')),
      'state: expected an object without fields, got null',
    ],
    [() => net().initialState(0), 'batch: expected an integer of at least 1, got 0'],
    [
      () => lstm(odd('null'), { controllerSize: 4 }),
      'context: expected { inputSize, variable, nextSeed }, got null',
    ],
    [
      () => lstm({ ...context, variable: odd('1') }, { controllerSize: 4 }),
      'variable: expected a function, got 1',
    ],
    [
      () => lstm(context, odd('{"controllersize":4}')),
      "lstm: unknown option 'controllersize', did you mean 'controllerSize'?",
    ],
    [
      () => buildController(3, 4, odd('{"layer":2}')),
      "buildController: unknown option 'layer', did you mean 'layers'?",
    ],
    [() => plainVariable('kernel', odd('[1]')), 'initial: expected a tensor of numbers, got an array of 1'],
    [() => glorotUniform(0, 2, 1), 'rows: expected an integer of at least 1, got 0'],
  ]);
});

onEachBackend('what no memory holds', () => {
  let initialStateOf: ReturnType<typeof lstm>['initialState'] | undefined;
  let stepOf: ReturnType<typeof feedforward>['step'] | undefined;
  beforeAll(() => {
    initialStateOf = lstm(context, { controllerSize: 4 }).initialState;
    stepOf = feedforward({ ...context, inputSize: 1 }, { controllerSize: 1e5 }).step;
  });
  const build = (make: typeof lstm | typeof feedforward, size: ControllerSize) => () => make(context, size);
  expectTooLarge([
    [build(lstm, { controllerSize: 1e9 }), 'lstm of 3 inputs, controllerSize 1000000000 and 1 layers'],
    [
      build(feedforward, { controllerSize: 1e6, layers: 2 }),
      'feedforward of 3 inputs, controllerSize 1000000 and 2 layers',
    ],
    [
      build(lstm, { controllerSize: 5000, layers: 1000 }),
      'lstm of 3 inputs, controllerSize 5000 and 1000 layers',
    ],
    [() => buildController(3, 1e9), 'lstm of 3 inputs, controllerSize 1000000000 and 1 layers'],
    [() => lstmLayer(context, 1e9), 'lstmLayer of 3 inputs and 1000000000 units'],
    [() => glorotUniform(1e7, 1e7, 1), 'glorotUniform of [10000000, 10000000]'],
    [() => initialStateOf?.(1e12), 'initialState of batch 1000000000000, 4 units and 1 layers'],
    [() => initialCell({ h: [1], c: [1] }, 1e12), 'initialCell of batch 1000000000000, 1 units and 1 layers'],
    [() => stepOf?.(ones([1e5, 1]), {}), 'step of batch 100000, controllerSize 100000 and 1 layers'],
  ]);
});
