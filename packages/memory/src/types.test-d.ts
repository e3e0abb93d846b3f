import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { describe, expectTypeOf, it } from 'vitest';
import { constantMemory, type MemorySize, read, repeatMemory, write } from './index.js';

declare const memory: Tensor3D;
declare const any: Tensor;
declare const many: { weights: Tensor3D; vectors: Tensor3D };
declare const one: { weights: Tensor2D; vectors: Tensor2D };

describe('read', () => {
  it('has the axis of the heads where the weights have it', () => {
    expectTypeOf(read(memory, many.weights)).toEqualTypeOf<Tensor3D>();
    expectTypeOf(read(memory, one.weights)).toEqualTypeOf<Tensor2D>();
  });
});

describe('write', () => {
  it('gives a memory, of heads and of one', () => {
    expectTypeOf(write(memory, many.weights, many.vectors, many.vectors)).toEqualTypeOf<Tensor3D>();
    expectTypeOf(write(memory, one.weights, one.vectors, one.vectors)).toEqualTypeOf<Tensor3D>();
  });

  it('takes what tfjs returns, and arrays, whose rank is in no type', () => {
    expectTypeOf(write(any, any, any, [[1, 2]])).toEqualTypeOf<Tensor3D>();
    expectTypeOf(read(any, any)).toEqualTypeOf<Tensor>();
    expectTypeOf(read(any, one.weights)).toEqualTypeOf<Tensor2D>();
    expectTypeOf(repeatMemory(any, 2)).toEqualTypeOf<Tensor3D>();
    // @ts-expect-error no such option
    write(any, any, any, any, { engin: 'auto' });
  });
});

describe('initial contents', () => {
  it('are of a size, and become a memory for each sequence', () => {
    expectTypeOf(constantMemory).parameter(0).toExtend<MemorySize>();
    expectTypeOf(repeatMemory(constantMemory({ memorySize: 8, memoryDim: 4 }), 2)).toEqualTypeOf<Tensor3D>();
    // @ts-expect-error no width
    constantMemory({ memorySize: 8 });
  });
});
