import {
  add,
  type Rank,
  randomNormal,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  type Variable,
  zeros,
} from '@tensorflow/tfjs-core';
import type { layers, RNN } from '@tensorflow/tfjs-layers';
import { describe, expectTypeOf, it } from 'vitest';
import { type ScanOptions, scan, scanEngine } from './index.js';
import { gru, lstm, type RecurrentContext, recurrent } from './layers.js';

declare const x: Tensor3D;
declare const some: Tensor;
declare const h: Tensor2D;
declare const learned: Variable<Rank.R2>;

interface Cell {
  readonly h: Tensor2D;
  readonly c: Tensor2D;
}

describe('scan', () => {
  it('infers a step from x and the state', () => {
    const { outputs, state } = scan(
      (at, { cells }) => {
        expectTypeOf(at).toEqualTypeOf<Tensor2D>();
        expectTypeOf(cells).toEqualTypeOf<Tensor2D[]>();
        return { output: { y: h }, state: { cells } };
      },
      { cells: [h] },
      x,
    );
    expectTypeOf(outputs).toEqualTypeOf<{ y: Tensor3D }>();
    expectTypeOf(state).toEqualTypeOf<{ cells: Tensor2D[] }>();
  });

  it('gives a tensor where x is one, and a tuple where x is one', () => {
    scan((at) => ({ output: at, state: {} }), {}, x);
    scan(
      ([first, { second }]) => {
        expectTypeOf(first).toEqualTypeOf<Tensor2D>();
        expectTypeOf(second).toEqualTypeOf<Tensor>();
        return { output: first, state: {} };
      },
      {},
      [x, { second: some }] as const,
    );
  });

  it('takes a step with types of its own, interfaces and variables', () => {
    const step = (at: Tensor2D, { h, c }: Cell) => ({ output: add<Tensor2D>(h, at), state: { h, c } });
    const { outputs, state } = scan(step, { h, c: h }, some);
    expectTypeOf(outputs).toEqualTypeOf<Tensor3D>();
    expectTypeOf(state).toEqualTypeOf<{ h: Tensor2D; c: Tensor2D }>();
    const start: Cell = { h, c: learned };
    scan(step, start, x);
    scan(step, { h: zeros([2, 3]), c: zeros([2, 3]) }, randomNormal([2, 4, 3]));
    const kept = scan(step, { h: learned, c: learned }, x).state;
    expectTypeOf(kept).toEqualTypeOf<{ h: Tensor2D; c: Tensor2D }>();
  });

  it('takes what has a step, and asks no ranks of the state that comes back', () => {
    const net = { step: (at: Tensor2D, state: Cell) => ({ output: at, state }) };
    expectTypeOf(scan(net, { h, c: h }, x).outputs).toEqualTypeOf<Tensor3D>();
    scan((at, state) => ({ output: at, state: { h: add(state.h, at) } }), { h }, x);
  });

  it('refuses what can be no step', () => {
    // @ts-expect-error no state comes back
    scan((at) => ({ output: at }), { h }, x);
    // @ts-expect-error another state comes back
    scan((at, state) => ({ output: at, state: { c: state.h } }), { h }, x);
    // @ts-expect-error a number is no state
    scan((at) => ({ output: at, state: 1 }), 1, x);
    // @ts-expect-error another rank comes in
    scan((at: Tensor3D, state: { h: Tensor2D }) => ({ output: at, state }), { h }, x);
  });

  it('has options of a few words', () => {
    expectTypeOf<ScanOptions['engine']>().toEqualTypeOf<'auto' | 'fused' | 'reference' | undefined>();
    expectTypeOf<ScanOptions['direction']>().toEqualTypeOf<'forward' | 'backward' | undefined>();
    expectTypeOf(scanEngine((at) => ({ output: at, state: {} }), {}, x).engine).toEqualTypeOf<
      'fused' | 'reference'
    >();
    // @ts-expect-error no such option
    scan((at) => ({ output: at, state: {} }), {}, x, { reverse: true });
  });
});

describe('layers', () => {
  it('take the arguments of those of tfjs-layers', () => {
    expectTypeOf(lstm({ units: 3, unitForgetBias: true, engine: 'fused' })).toExtend<RNN>();
    expectTypeOf(gru).parameter(0).toExtend<Parameters<typeof layers.gru>[0]>();
    expectTypeOf<Parameters<typeof layers.lstm>[0]>().toExtend<Parameters<typeof lstm>[0]>();
    // @ts-expect-error no units
    gru({ returnSequences: true });
  });

  it('take any net that goes step by step', () => {
    const net = ({ inputSize }: RecurrentContext) => ({
      outputSize: inputSize,
      initialState: (): Cell => ({ h, c: h }),
      step: (at: Tensor2D, state: Cell) => ({ output: at, state }),
    });
    expectTypeOf(recurrent({ net, inputShape: [null, 3] }).net.outputSize).toEqualTypeOf<number>();
    // @ts-expect-error no net
    recurrent({ units: 3 });
  });
});
