import type { Rank, Tensor, Tensor1D, Tensor2D, Tensor3D, Variable } from '@tensorflow/tfjs-core';
import { describe, expectTypeOf, it } from 'vitest';
import * as dnc from './dnc.js';
import {
  type AddressingStages,
  address,
  addressingStages,
  circularShift,
  contentAddressing,
  type HeadOptions,
  type HeadParameters,
  headParameters,
  interpolate,
  type KeyActivation,
  sharpen,
} from './index.js';
import * as mann from './mann.js';

declare const memory: Tensor3D;
declare const many: { head: HeadParameters; weights: Tensor3D; vectors: Tensor3D; scalars: Tensor2D };
declare const one: {
  head: HeadParameters<Tensor2D>;
  weights: Tensor2D;
  vectors: Tensor2D;
  scalars: Tensor1D;
};

declare const some: {
  any: Tensor;
  variable: Variable<Rank.R2>;
  either: Tensor2D | Tensor3D;
  head: HeadParameters<Tensor, number>;
};

describe('weightings', () => {
  it('keep the axis of the heads where heads have one', () => {
    expectTypeOf(address(many.head, memory, many.weights)).toEqualTypeOf<Tensor3D>();
    expectTypeOf(contentAddressing(many.vectors, memory, many.scalars)).toEqualTypeOf<Tensor3D>();
    expectTypeOf(interpolate(many.scalars, many.weights, many.weights)).toEqualTypeOf<Tensor3D>();
    expectTypeOf(circularShift(many.weights, many.vectors)).toEqualTypeOf<Tensor3D>();
    expectTypeOf(sharpen(many.weights, many.scalars)).toEqualTypeOf<Tensor3D>();
  });

  it('have none where a single head has none', () => {
    expectTypeOf(address(one.head, memory, one.weights)).toEqualTypeOf<Tensor2D>();
    expectTypeOf(contentAddressing(one.vectors, memory, one.scalars)).toEqualTypeOf<Tensor2D>();
    expectTypeOf(interpolate(one.scalars, one.weights, one.weights)).toEqualTypeOf<Tensor2D>();
    expectTypeOf(circularShift(one.weights, one.vectors)).toEqualTypeOf<Tensor2D>();
    expectTypeOf(sharpen(one.weights, one.scalars)).toEqualTypeOf<Tensor2D>();
  });

  it('take what tfjs returns, and arrays, whose rank is in no type', () => {
    expectTypeOf(address(some.head, some.any, some.any)).toEqualTypeOf<Tensor>();
    expectTypeOf(contentAddressing(some.any, some.any, 5)).toEqualTypeOf<Tensor>();
    expectTypeOf(contentAddressing([[0, 1]], some.any, [5])).toEqualTypeOf<Tensor>();
    expectTypeOf(interpolate(0.5, many.weights, some.any)).toEqualTypeOf<Tensor3D>();
    expectTypeOf(circularShift(one.weights, some.any)).toEqualTypeOf<Tensor2D>();
    expectTypeOf(sharpen(some.any, 2)).toEqualTypeOf<Tensor>();
    expectTypeOf(sharpen(some.variable, 2)).toEqualTypeOf<Tensor2D>();
    const either = sharpen(some.either, 2);
    expectTypeOf(either).toEqualTypeOf<Tensor2D | Tensor3D>();
  });

  it('of the DNC and of MANN do so too', () => {
    expectTypeOf(dnc.forwardWeighting(some.any, many.weights)).toEqualTypeOf<Tensor3D>();
    expectTypeOf(dnc.forwardWeighting(some.any, some.any)).toEqualTypeOf<Tensor>();
    expectTypeOf(dnc.writeWeighting(1, 0.5, some.any, some.any)).toEqualTypeOf<Tensor2D>();
    expectTypeOf(mann.writeWeighting(0.5, one.weights, some.any)).toEqualTypeOf<Tensor2D>();
  });

  it('are made of numbers', () => {
    // @ts-expect-error nothing
    sharpen(null, 2);
    // @ts-expect-error parameters without gamma
    address({ key: some.any, beta: 1, gate: 1, shift: some.any }, memory, many.weights);
    // @ts-expect-error no such option
    address(many.head, memory, many.weights, { engin: 'auto' });
  });
});

describe('the stages of addressing', () => {
  it('are weightings of heads', () => {
    const stages = addressingStages(many.head, memory, many.weights);
    expectTypeOf(stages).toEqualTypeOf<AddressingStages>();
    expectTypeOf<AddressingStages[keyof AddressingStages]>().toEqualTypeOf<Tensor3D>();
  });
});

describe('parameters', () => {
  it('of raw numbers have the axis of the heads', () => {
    expectTypeOf(headParameters(one.vectors, { memoryDim: 20 })).toEqualTypeOf<HeadParameters<Tensor3D>>();
  });

  it('need the width of the memory, and know how keys are squashed', () => {
    expectTypeOf<{ memoryDim: number }>().toExtend<HeadOptions>();
    expectTypeOf<KeyActivation>().toEqualTypeOf<'tanh' | 'linear'>();
    // @ts-expect-error no width
    headParameters(one.vectors, { shifts: 3 });
    // @ts-expect-error no such activation
    headParameters(one.vectors, { memoryDim: 20, keyActivation: 'relu' });
  });
});
