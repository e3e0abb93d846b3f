import { randomNormal, type Scalar, type Tensor2D, type Tensor3D, unstack } from '@tensorflow/tfjs-core';
import { describe, expectTypeOf, it } from 'vitest';
import {
  type ControllerFactory,
  type InitialMemory,
  type InitialShift,
  type InitialWeighting,
  NTM,
  type NtmConfig,
  type NtmOptions,
  type NtmState,
  type NtmTrace,
  readHead,
  type SequenceCost,
  type StepOrder,
} from './index.js';

declare const ntm: NTM;
declare const x: Tensor2D;
declare const sequence: Tensor3D;
declare const state: NtmState;

describe('options', () => {
  it('are the size of the input, and what differs from the defaults', () => {
    expectTypeOf<{ inputSize: number }>().toExtend<NtmOptions>();
    // @ts-expect-error no size
    NTM.build({});
    // @ts-expect-error an unknown option
    NTM.build({ inputSize: 4, memorySlots: 8 });
  });

  it('are one of a few words where they are words', () => {
    expectTypeOf<StepOrder>().toEqualTypeOf<'write-first' | 'read-first' | 'in-turn'>();
    expectTypeOf<InitialMemory>().toEqualTypeOf<'constant' | 'random' | 'learned'>();
    expectTypeOf<InitialShift>().toEqualTypeOf<'onward' | 'even'>();
    expectTypeOf<InitialWeighting>().toEqualTypeOf<'scattered' | 'together' | 'zero'>();
    expectTypeOf<NtmOptions['engine']>().toEqualTypeOf<'auto' | 'fused' | 'reference' | undefined>();
    // @ts-expect-error no such order
    NTM.build({ inputSize: 4, order: 'first' });
  });

  it('take a controller of the paper or a factory', () => {
    expectTypeOf<NtmOptions['controller']>().toEqualTypeOf<
      'lstm' | 'feedforward' | ControllerFactory | undefined
    >();
  });

  it('become a config that has them all, and of a factory no more than that there was one', () => {
    expectTypeOf(ntm.config).toEqualTypeOf<NtmConfig>();
    expectTypeOf<NtmConfig['controller']>().toEqualTypeOf<'lstm' | 'feedforward' | 'own'>();
    expectTypeOf<NtmConfig>().toHaveProperty('memorySize').toEqualTypeOf<number>();
  });
});

describe('a net', () => {
  it('gives an output and the state that it takes', () => {
    expectTypeOf(ntm.step(x, state)).toEqualTypeOf<{ output: Tensor2D; state: NtmState }>();
    expectTypeOf(ntm.initialState(2)).toEqualTypeOf<NtmState>();
  });

  it('gives logits of a whole sequence, and its trace where that was asked for', () => {
    expectTypeOf(ntm.sequence(sequence).logits).toEqualTypeOf<Tensor3D>();
    expectTypeOf(ntm.sequence(sequence, { trace: true }).trace).toEqualTypeOf<NtmTrace>();
    expectTypeOf(ntm.sequence(sequence).trace).toEqualTypeOf<NtmTrace | undefined>();
  });

  it('is differentiated by any cost of the logits', () => {
    expectTypeOf<(logits: Tensor3D) => Scalar>().toExtend<SequenceCost>();
    // @ts-expect-error a cost is a tensor
    ntm.differentiate(sequence, () => 0);
  });

  it('takes what tfjs returns, and arrays', () => {
    expectTypeOf(ntm.sequence).toBeCallableWith(randomNormal([2, 4, 3]));
    expectTypeOf(ntm.sequence).toBeCallableWith([[[1, 0, 1]]]);
    const [first = x] = unstack(sequence, 1);
    expectTypeOf(ntm.step(first, state).state).toEqualTypeOf<NtmState>();
    expectTypeOf(
      ntm.step(first, { ...state, memory: randomNormal([2, 8, 4]) }).output,
    ).toEqualTypeOf<Tensor2D>();
    const [kernel, bias] = [randomNormal([6, 10]), randomNormal([10])];
    readHead(first, randomNormal([2, 8, 4]), { kernel, bias });
  });
});
