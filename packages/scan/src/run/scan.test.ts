import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import {
  add,
  memory,
  mul,
  randomUniform,
  type Scalar,
  scalar,
  setBackend,
  sum,
  type Tensor,
  tidy,
  valueAndGrads,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { registerFused } from '../fused.js';
import { scan, scanEngine } from '../index.js';
import * as nets from '../testing/nets.js';

beforeAll(async () => {
  await setBackend('cpu');
  await registerFused();
});

const trials = {
  'an RNN': nets.rnn(3, 4),
  'an LSTM': nets.lstm(3, 40),
  'an NTM': nets.ntm(3, 50, 12, 8, 1),
  'a DNC': nets.dnc(3, 50, 12, 4, 2),
};

describe('scan by kernels', () => {
  it.each(Object.entries(trials))(
    '%s has the values and gradients of the loop, and leaks nothing',
    (_, trial) => {
      const { step, x: xLeaves, state: leaves } = trial;
      const [batch, time] = [3, 5];
      const draw = (shape: readonly number[], seed: number) =>
        randomUniform([...shape], 0, 0.2, 'float32', seed);
      const x = draw([batch, time, ...(xLeaves[0]?.shape ?? [])], 1);
      const state = leaves.map(({ shape }, i) => draw([batch, ...shape], i + 2));
      const user = (xt: Tensor, s: Tensor[]) => {
        const r = step([xt], s);
        return { output: [...r.outputs], state: [...r.state] };
      };
      expect(scanEngine(user, state, x)).toEqual({ engine: 'fused' });
      const run = (engine: 'fused' | 'reference') =>
        valueAndGrads((...given: Tensor[]) =>
          tidy<Scalar>(() => {
            const [first, ...rest] = given;
            if (!first) throw new Error('x');
            const { outputs, state: last } = scan(user, rest, first, { engine });
            return [...outputs, ...last].reduce<Scalar>(
              (total, each, i) => add(total, sum<Scalar>(mul(each, i + 1))),
              scalar(0),
            );
          }),
        )([x, ...state]);
      const before = memory().numTensors;
      const [fused, reference] = [run('fused'), run('reference')];
      const close = (a: Tensor, b: Tensor, limit: number) => {
        const [p, q] = [a.dataSync(), b.dataSync()];
        const scale = Math.max(...q.map(Math.abs), 1e-6);
        expect(Math.max(...q.map((each, i) => Math.abs(each - (p[i] ?? Number.NaN)))) / scale).toBeLessThan(
          limit,
        );
      };
      close(fused.value, reference.value, 1e-5);
      for (const [i, each] of fused.grads.entries()) close(each, reference.grads[i] ?? each, 1e-4);
      for (const { value, grads } of [fused, reference]) for (const each of [value, ...grads]) each.dispose();
      expect(memory().numTensors).toBe(before);
    },
  );
});
