import { backends, expectClose, expectNoLeak, onEachBackend } from '@tapehead/testing';
import {
  getBackend,
  getKernelsForBackend,
  memory,
  type Rank,
  randomUniform,
  type Scalar,
  square,
  sum,
  type Tensor3D,
  tidy,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { registerFused } from './fused.js';
import { buildController, NTM, type NtmOptions } from './index.js';

const small: NtmOptions = {
  inputSize: 3,
  outputSize: 2,
  memorySize: 8,
  memoryDim: 4,
  controllerSize: 6,
  seed: 1,
};
const own: NtmOptions['controller'] = ({ inputSize, variable }) =>
  buildController(inputSize, 6, { kind: 'feedforward', variable });
const x = (seed: number): Tensor3D => randomUniform<Rank.R3>([2, 5, 3], 0, 1, 'float32', seed);
const cost = (logits: Tensor3D): Scalar => sum(square(logits));

onEachBackend('the engine', () => {
  describe('without kernels', () => {
    test('auto is the reference', () => {
      expect(NTM.build(small).runsOn).toBe('reference');
    });

    test.each([
      ['of the paper', {}],
      ['of your own', { controller: own }],
    ])('asking for fused with a controller %s says what to do', (_, controller) => {
      const net = NTM.build({ ...small, ...controller, engine: 'fused' });
      const reason =
        `no kernels are registered on the tfjs backend '${getBackend()}'; ` +
        'on webgpu, wasm and cpu, await registerFused() of @tapehead/ntm/fused first';
      const wanted = `engine: 'fused' is not there: ${reason}`;
      expect(() => net.sequence(x(1))).toThrow(wanted);
      expect(() => net.differentiate(x(1), cost)).toThrow(wanted);
      expect(() => net.runsOn).toThrow(wanted);
      expect(NTM.build({ ...small, ...controller }).whyReference).toContain('no kernels are registered');
    });
  });

  describe('with kernels', () => {
    beforeAll(async () => {
      await registerFused();
      return () => {
        for (const backend of backends)
          for (const { kernelName } of getKernelsForBackend(backend))
            if (kernelName.startsWith('Tapehead')) unregisterKernel(kernelName, backend);
      };
    });

    test('auto is fused, with your own controller too, and reference what it says', () => {
      expect(NTM.build(small).runsOn).toBe('fused');
      expect(NTM.build({ ...small, controller: own }).runsOn).toBe('fused');
      expect(NTM.build({ ...small, engine: 'reference' }).runsOn).toBe('reference');
    });

    test('the choice of engine is no part of the config', () => {
      expect(NTM.build({ ...small, engine: 'fused' }).config).toEqual(NTM.build(small).config);
    });

    test('differentiate gives the cost and the gradients of the tape of the reference', () => {
      tidy(() => {
        const fused = NTM.build(small);
        const reference = NTM.build({ ...small, engine: 'reference' });
        const [a, b] = [fused.differentiate(x(2), cost), reference.differentiate(x(2), cost)];
        expectClose(a.value, b.value, 1e-5);
        const pairs = Object.entries(fused.trainable).map(([name, { name: id }]) => ({
          name,
          got: a.grads[id],
          wanted: b.grads[reference.trainable[name]?.name ?? ''],
        }));
        expect(pairs).toHaveLength(Object.keys(a.grads).length);
        for (const { name, got, wanted } of pairs) expectClose(got ?? [], wanted ?? [], 1e-4, name);
      });
    });

    test('leaves no tensor behind, forward, back and with a trace', () => {
      const ntm = NTM.build(small);
      const input = x(3);
      expectNoLeak(() => ntm.sequence(input));
      expectNoLeak(() => ntm.sequence(input, { trace: true }));
      expectNoLeak(() => ntm.differentiate(input, cost));
      const bytes = memory().numBytes;
      for (let i = 0; i < 10; i++) tidy(() => void ntm.differentiate(input, cost));
      expect(memory().numBytes).toBe(bytes);
    });

    test('a state of another controller is told apart', () => {
      tidy(() => {
        const plain = NTM.build({ ...small, controller: 'feedforward' });
        expect(() => NTM.build(small).sequence(x(4), { state: plain.initialState(2) })).toThrow(
          'state.controller: expected the cells of an LSTM of 1 layers, as initialState(batch) gives them',
        );
      });
    });
  });
});
