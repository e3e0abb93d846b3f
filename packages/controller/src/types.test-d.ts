import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { describe, expectTypeOf, it } from 'vitest';
import {
  type BuiltController,
  buildController,
  type Controller,
  type ControllerFactory,
  type ControllerKind,
  feedforward,
  type LstmCell,
  type LstmLayer,
  type LstmState,
  lstm,
  lstmStep,
} from './index.js';

declare const x: Tensor2D;
declare const any: Tensor;
declare const cell: LstmCell;
declare const layer: LstmLayer;

describe('lstmStep', () => {
  it('gives the cell that it takes, one step on', () => {
    expectTypeOf(lstmStep(x, cell, layer)).toEqualTypeOf<LstmCell>();
    expectTypeOf<LstmCell>().toEqualTypeOf<{ h: Tensor2D; c: Tensor2D }>();
  });
});

describe('what tfjs returns', () => {
  it('is taken, and arrays are', () => {
    expectTypeOf(lstmStep(any, { h: any, c: any }, layer)).toEqualTypeOf<LstmCell>();
    expectTypeOf(lstmStep([[1]], cell, layer)).toEqualTypeOf<LstmCell>();
    const controller = buildController(4, 8);
    expectTypeOf(controller.step(any, controller.initialState(1)).output).toEqualTypeOf<Tensor2D>();
  });
});

describe('a controller', () => {
  it('gives an output and the state that it takes', () => {
    expectTypeOf<Controller<LstmState>['step']>().toEqualTypeOf<
      (x: Tensor2D, state: LstmState) => { output: Tensor2D; state: LstmState }
    >();
  });

  it('of the paper is one of two kinds', () => {
    expectTypeOf<ControllerKind>().toEqualTypeOf<'lstm' | 'feedforward'>();
    expectTypeOf(lstm).returns.toEqualTypeOf<BuiltController<LstmState>>();
    expectTypeOf<BuiltController<LstmState>>().toExtend<Controller<LstmState>>();
    // @ts-expect-error no such kind
    buildController(4, 8, { kind: 'gru' });
  });

  it('of your own has a state of your own', () => {
    type Count = { steps: Tensor2D };
    const counting: ControllerFactory<Count> = ({ inputSize }) => ({
      outputSize: inputSize,
      initialState: () => ({ steps: x }),
      step: (input, state) => ({ output: input, state }),
    });
    expectTypeOf(counting).returns.toEqualTypeOf<Controller<Count>>();
    expectTypeOf(feedforward).parameter(0).toEqualTypeOf<Parameters<typeof counting>[0]>();
  });
});
