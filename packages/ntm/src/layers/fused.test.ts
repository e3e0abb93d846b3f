import { registerFused as registerAddress } from '@tapehead/addressing/fused';
import { registerFused as registerLstmStep } from '@tapehead/controller/fused';
import { registerFused as registerWrite } from '@tapehead/memory/fused';
import {
  expectClose,
  expectSameGradients,
  kernelCalls,
  onEachBackend,
  valueTolerance,
} from '@tapehead/testing';
import { grads, randomNormal, type Scalar, square, sum, Tensor, tidy } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, expect, test } from 'vitest';
import { build } from '../layers.js';

const small = { inputSize: 3, memorySize: 6, memoryDim: 4, controllerSize: 5, numHeads: 2, seed: 1 } as const;

onEachBackend('a model of one step with kernels', () => {
  beforeAll(() => Promise.all([registerAddress(), registerWrite(), registerLstmStep()]));

  const given = () => [randomNormal([2, 3], 0, 1, 'float32', 1), randomNormal([2, 6, 4], 0, 1, 'float32', 2)];
  const outputOf = (model: LayersModel, inputs: Tensor[]): Tensor => {
    const output: unknown = model.apply(inputs);
    if (output instanceof Tensor) return output;
    throw new Error('one output');
  };

  test('takes those that `engine` allows, with the numbers and gradients of the reference', async () => {
    const [fused, auto, reference] = (['fused', 'auto', 'reference'] as const).map((engine) =>
      build({ ...small, engine }),
    );
    if (!fused || !auto || !reference) throw new Error('three models');
    const ours = async (model: LayersModel) => {
      const calls = await kernelCalls(() => tidy(() => outputOf(model, given())));
      return calls.filter((name) => name.startsWith('Tapehead')).map((name) => name.split('@')[0]);
    };
    const all = ['TapeheadAddress', 'TapeheadAddress', 'TapeheadLstmStep', 'TapeheadWrite'];
    expect((await ours(fused)).sort()).toEqual(all);
    expect((await ours(auto)).sort()).toEqual(all);
    expect(await ours(reference)).toEqual([]);
    tidy(() => {
      const [x, rows] = given();
      if (!x || !rows) throw new Error('two inputs');
      expectClose(outputOf(fused, [x, rows]), outputOf(reference, [x, rows]), valueTolerance);
      const gradients = (model: LayersModel) =>
        grads((...inputs: Tensor[]) => sum<Scalar>(square(outputOf(model, inputs))))([x, rows]);
      expectSameGradients(gradients(fused), gradients(reference));
    });
    for (const model of [fused, auto, reference]) model.dispose();
  });
});
