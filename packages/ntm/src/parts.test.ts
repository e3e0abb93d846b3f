import { registerFused as registerAddress } from '@tapehead/addressing/fused';
import type { ControllerFactory } from '@tapehead/controller';
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
  getBackend,
  getKernelsForBackend,
  type Rank,
  randomUniform,
  type Scalar,
  slice,
  square,
  squeeze,
  sum,
  type Tensor2D,
  tidy,
  unregisterKernel,
  variableGrads,
} from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { registerFused as registerSequence } from './fused.js';
import { buildController, type Engine, LSTMBaseline, NTM } from './index.js';

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
    expect(
      fewer
        .filter((name) => name.startsWith('Tapehead'))
        .map((name) => name.split('@')[0])
        .sort(),
    ).toEqual(['TapeheadAddress', 'TapeheadAddress', 'TapeheadLstmStep', 'TapeheadWrite']);
    expect(fewer.length).toBeLessThan(calls.length / 2);
    expectClose(tidy(step), output, valueTolerance);
    expectSameGradients(tidy(differentiate), differentiated);
    ntm.dispose();
  });

  describe('with those kernels and these of whole sequences', () => {
    beforeAll(() =>
      Promise.all([registerAddress(), registerWrite(), registerLstmStep(), registerSequence()]),
    );
    const small = { inputSize: 3, outputSize: 2, seed: 1 };
    const tape = { ...small, memorySize: 8, memoryDim: 4, controllerSize: 6 };
    const own: ControllerFactory = ({ inputSize, variable, engine }) =>
      buildController(inputSize, 6, { variable, engine });
    const build: Record<string, (engine: Engine) => NTM | LSTMBaseline> = {
      'an NTM': (engine) => NTM.build({ ...tape, engine }),
      'an NTM with a controller of one’s own': (engine) => NTM.build({ ...tape, controller: own, engine }),
      'the LSTM baseline': (engine) => LSTMBaseline.build({ ...small, size: 6, layers: 2, engine }),
    };

    test.each(Object.entries(build))(
      '%s takes none by its reference engine, and some by auto',
      async (_, make) => {
        const x = randomUniform<Rank.R3>([2, 3, 3], 0, 1, 'float32', 1);
        const ours = async (engine: Engine): Promise<string[]> => {
          const net = make(engine);
          const calls = await kernelCalls(() => {
            stepOf(net, squeeze(slice(x, [0, 0, 0], [2, 1, 3]), [1]));
            net.sequence(x);
            net.differentiate(x, (logits) => sum(square(logits)));
            return [];
          });
          net.dispose();
          return calls.filter((name) => name.startsWith('Tapehead'));
        };
        expect(await ours('reference')).toEqual([]);
        expect((await ours('auto')).length).toBeGreaterThan(3);
      },
    );

    test('a fused net without the kernels of the parts says at its step what to do', () => {
      for (const { kernelName, backendName } of getKernelsForBackend(getBackend()))
        if (kernelName.startsWith('TapeheadWrite@')) unregisterKernel(kernelName, backendName);
      const ntm = NTM.build({ ...tape, engine: 'fused' });
      const step = () => ntm.step(randomUniform<Rank.R2>([2, 3]), ntm.initialState(2));
      expect(() => tidy(step)).toThrow(
        /^engine: 'fused' is not there: .*registerFused\(\) of @tapehead\/memory\/fused first$/,
      );
      ntm.dispose();
    });
  });
});

function stepOf(net: NTM | LSTMBaseline, x: Tensor2D): void {
  if (net instanceof NTM) net.step(x, net.initialState(2));
  else net.step(x, net.initialState(2));
}
