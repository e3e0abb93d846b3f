import type { Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { describe, expectTypeOf, it } from 'vitest';
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

declare const memory: Tensor3D;
declare const many: { head: HeadParameters; weights: Tensor3D; vectors: Tensor3D; scalars: Tensor2D };
declare const one: {
  head: HeadParameters<Tensor2D>;
  weights: Tensor2D;
  vectors: Tensor2D;
  scalars: Tensor1D;
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

  it('are not mixed', () => {
    // @ts-expect-error parameters with heads, a weighting without
    address(many.head, memory, one.weights);
    // @ts-expect-error a weighting with heads, a shift without
    circularShift(many.weights, one.vectors);
    // @ts-expect-error two weightings, one with heads
    interpolate(many.scalars, many.weights, one.weights);
  });

  it('take a memory for each sequence', () => {
    // @ts-expect-error a memory without the axis of the batch
    address(many.head, one.weights, many.weights);
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
