import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { describe, expectTypeOf, it } from 'vitest';
import { build, buildController, contentAddressing, initialState, readHead, writeHead } from '../layers.js';

declare const symbolic: SymbolicTensor;
declare const matrix: Tensor2D;
declare const cube: Tensor3D;

describe('the functions of the original', () => {
  it('take and give symbolic tensors', () => {
    expectTypeOf(build({ inputSize: 3 })).toEqualTypeOf<LayersModel>();
    expectTypeOf(buildController(symbolic, 5)).toEqualTypeOf<SymbolicTensor>();
    expectTypeOf(readHead(symbolic, symbolic, { name: 'r' })).toEqualTypeOf<SymbolicTensor>();
    expectTypeOf(writeHead(symbolic, symbolic)).toEqualTypeOf<SymbolicTensor>();
    expectTypeOf(contentAddressing(symbolic, symbolic, symbolic)).toEqualTypeOf<SymbolicTensor>();
    // @ts-expect-error a tensor
    readHead(matrix, symbolic);
    // @ts-expect-error tensors and symbolic tensors
    contentAddressing(matrix, symbolic, matrix);
    // @ts-expect-error an option of NTM.build alone
    build({ inputSize: 3, initialMemory: 'random' });
  });

  it('give two where two are asked for', () => {
    type Two = [SymbolicTensor, SymbolicTensor];
    expectTypeOf(readHead(symbolic, symbolic, { outputs: 'result-and-weights' })).toEqualTypeOf<Two>();
    expectTypeOf(writeHead(symbolic, symbolic, { outputs: 'result-and-weights' })).toEqualTypeOf<Two>();
    expectTypeOf(buildController(symbolic, 5, { outputs: 'output-and-state' })).toEqualTypeOf<Two>();
  });

  it('give tensors where tensors are given', () => {
    expectTypeOf(contentAddressing(matrix, cube, matrix)).toEqualTypeOf<Tensor2D>();
    expectTypeOf(initialState(build({ inputSize: 3 }), cube)).toEqualTypeOf<Tensor[]>();
  });
});
