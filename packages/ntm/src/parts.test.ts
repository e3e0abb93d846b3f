import { registerFused as registerAddress } from '@tapehead/addressing/fused';
import { registerFused as registerLstmStep } from '@tapehead/controller/fused';
import { registerFused as registerWrite } from '@tapehead/memory/fused';
import {
  backends,
  expectClose,
  expectSameGradients,
  kernelCalls,
  onEachBackend,
  valueTolerance,
} from '@tapehead/testing';
import {
  getKernelsForBackend,
  type Rank,
  randomUniform,
  type Scalar,
  square,
  sum,
  tidy,
  unregisterKernel,
  variableGrads,
} from '@tensorflow/tfjs-core';
import { afterAll, expect, test } from 'vitest';
import { NTM } from './index.js';

onEachBackend('a net step by step', () => {
  afterAll(() => {
    for (const backend of backends) {
      for (const { kernelName } of getKernelsForBackend(backend)) {
        if (kernelName.startsWith('Tapehead')) unregisterKernel(kernelName, backend);
      }
    }
  });

  test('takes the kernels of addressing, memory and controller once they are registered, with the same numbers', async () => {
    const ntm = NTM.build({
      inputSize: 9,
      outputSize: 8,
      memorySize: 16,
      memoryDim: 10,
      controllerSize: 20,
      numHeads: 2,
      engine: 'reference',
      seed: 1,
    });
    const x = randomUniform<Rank.R2>([2, 9], 0, 1, 'float32', 1);
    const state = ntm.initialState(2);
    const step = () => ntm.step(x, state).output;
    const twoSteps = (): Scalar => {
      const first = ntm.step(x, ntm.initialState(2));
      return sum<Scalar>(square(ntm.step(x, first.state).output));
    };
    const variables = Object.values(ntm.parameters);
    const differentiate = () => {
      const { value, grads } = variableGrads(twoSteps, variables);
      return [value, ...variables.flatMap(({ name }) => grads[name] ?? [])];
    };
    const [output, differentiated] = [step(), differentiate()];
    const calls = await kernelCalls(step);
    await Promise.all([registerAddress(), registerWrite(), registerLstmStep()]);
    const fewer = await kernelCalls(step);
    expect(fewer.filter((name) => name.startsWith('Tapehead')).sort()).toEqual([
      'TapeheadAddress',
      'TapeheadAddress',
      'TapeheadLstmStep',
      'TapeheadWrite',
    ]);
    expect(fewer.length).toBeLessThan(calls.length / 2);
    expectClose(tidy(step), output, valueTolerance);
    expectSameGradients(tidy(differentiate), differentiated);
    ntm.dispose();
  });
});
