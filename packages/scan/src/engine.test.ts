import { expectClose, kernelCalls, onEachBackend } from '@tapehead/testing';
import { add, dropout, mul, ones, type Tensor, tanh, tidy, zeros } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { registerFused } from './fused.js';
import { scan, scanEngine } from './index.js';
import { kernelNames } from './testing/kernelNames.js';

const step = (x: Tensor, h: Tensor) => {
  const next = tanh(add(mul(h, 0.5), x));
  return { output: next, state: next };
};
const call = () => [step, zeros([2, 3]), ones([2, 4, 3])] as const;

onEachBackend('without kernels', (backend) => {
  test('auto is the reference, and says why', () => {
    tidy(() => {
      const reason = expect.stringContaining(`no kernels are registered on the tfjs backend '${backend}'`);
      expect(scanEngine(...call())).toEqual({ engine: 'reference', reason });
      expect(scanEngine(...call(), { engine: 'fused' })).toEqual({ engine: 'reference', reason });
      expect(scanEngine(...call(), { engine: 'reference' })).toEqual({ engine: 'reference' });
    });
  });

  test('fused is an error', () => {
    expect(() => tidy(() => void scan(...call(), { engine: 'fused' }))).toThrow(
      `engine: 'fused' is not there: no kernels are registered on the tfjs backend '${backend}'; ` +
        'on wasm and cpu, await registerFused() of @tapehead/scan/fused first',
    );
  });
});

onEachBackend('with kernels', () => {
  test('auto and fused are one kernel call, and reference is none', async () => {
    await registerFused();
    const taken = async (engine?: 'auto' | 'fused' | 'reference') => {
      const calls = await kernelCalls(() => tidy(() => scan(...call(), { engine }).outputs));
      return calls.filter((name) => Object.values(kernelNames).includes(name)).length;
    };
    expect([await taken(), await taken('auto'), await taken('fused'), await taken('reference')]).toEqual([
      1, 1, 1, 0,
    ]);
    tidy(() => {
      expect(scanEngine(...call())).toEqual({ engine: 'fused' });
      const [fused, loop] = [scan(...call()), scan(...call(), { engine: 'reference' })];
      expectClose(fused.outputs, loop.outputs, 1e-6);
    });
  });

  test('a step that draws random numbers runs in the loop, and fused says why not', async () => {
    await registerFused();
    tidy(() => {
      const random = (x: Tensor, h: Tensor) => step(dropout(x, 0.5), h);
      const given = [random, zeros([2, 3]), ones([2, 4, 3])] as const;
      const { engine, reason } = scanEngine(...given);
      expect(engine).toBe('reference');
      expect(reason).toContain('andom');
      expect(() => scan(...given, { engine: 'fused' })).toThrow(`engine: 'fused' is not there: ${reason}`);
      expect(scan(...given).outputs.shape).toEqual([2, 4, 3]);
    });
  });
});
