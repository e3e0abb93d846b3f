import { expectClose } from '@tapehead/testing';
import {
  dispose,
  fill,
  memory,
  registerKernel,
  setBackend,
  stack,
  type Tensor,
  tensor1d,
  tidy,
  unregisterKernel,
  type Variable,
  variable,
} from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { gravesRmsProp } from './gravesRmsProp.js';
import { kernelNames } from './testing/kernelNames.js';

/** What of the cpu backend this kernel changes in place, as the one of a GPU does. */
interface Buffers {
  data: { get(dataId: object): { values: Float32Array } };
  makeTensorInfo(
    shape: number[],
    dtype: 'float32',
    values: Float32Array,
  ): { dataId: object; shape: number[]; dtype: 'float32' };
}
const hasBuffers = (backend: unknown): backend is Buffers =>
  typeof backend === 'object' && backend !== null && 'data' in backend && 'makeTensorInfo' in backend;

beforeAll(async () => {
  await setBackend('cpu');
  registerKernel({
    kernelName: kernelNames.guarded,
    backendName: 'cpu',
    kernelFunc({ inputs, attrs, backend }) {
      if (!hasBuffers(backend)) throw new Error('expected the cpu backend');
      const all = Object.keys(inputs).map((_, i) => {
        const info = inputs[i];
        if (info === undefined) throw new Error(`no input ${i}`);
        return { shape: info.shape, values: backend.data.get(info.dataId).values };
      });
      const [, gradients, n, gBar, delta, ...parameters] = all.map(({ values }) => values);
      if (!gradients || !n || !gBar || !delta) throw new Error('five tensors and the parameters');
      const setting = (name: string) => Number(attrs?.[name]);
      let at = 0;
      return parameters.map((values, p) => {
        const next = values.map((value, i) => {
          const [k, g] = [at + i, gradients[at + i] ?? 0];
          n[k] = setting('decay') * (n[k] ?? 0) + (1 - setting('decay')) * g * g;
          gBar[k] = setting('decay') * (gBar[k] ?? 0) + (1 - setting('decay')) * g;
          const deviation = Math.sqrt(Math.max((n[k] ?? 0) - (gBar[k] ?? 0) ** 2, 0) + setting('epsilon'));
          delta[k] = setting('momentum') * (delta[k] ?? 0) - (setting('rate') * g) / deviation;
          return value + (delta[k] ?? 0);
        });
        at += values.length;
        return backend.makeTensorInfo(all[p + 5]?.shape ?? [], 'float32', next);
      });
    },
  });
});

afterAll(() => unregisterKernel(kernelNames.guarded, 'cpu'));

let made = 0;
const named = (size: number): Variable => tidy(() => variable(fill([size], 0), true, `guarded ${made++}`));
const numbers = (each: Tensor) => Array.from(each.dataSync());

test('moments that lie one behind the other follow their variables when those of an update change', async () => {
  const sizes = [2, 5, 3];
  const [guarded, plain] = [sizes.map(named), sizes.map(named)];
  const [optimizer, other] = [gravesRmsProp(), gravesRmsProp()];
  const updates = [[0, 1, 2], [0, 1, 2], [2], [1], [2, 0], [0, 2], [0, 1], [1, 2, 0], [0, 1, 2]];
  for (const [t, which] of updates.entries()) {
    tidy(() => {
      const gradients = which.map((i) => fill([sizes[i] ?? 0], Math.sin(7 * t + i)));
      const by = (variables: readonly Variable[]) =>
        Object.fromEntries(which.map((i, k) => [variables[i]?.name ?? '', gradients[k] ?? fill([1], 0)]));
      const map = by(guarded);
      const packed = tensor1d(Object.values(map).flatMap(numbers));
      optimizer.applyGuarded(map, { measures: tensor1d([1, 1]), packed }, 'none');
      optimizer.countUpdate();
      other.applyGradients(by(plain));
    });
    if (t === 2)
      for (const { tensor, name } of await optimizer.getWeights()) if (name === 'iter') tensor.dispose();
  }
  for (const [i, each] of guarded.entries()) expectClose(each, plain[i] ?? each, 1e-6);
  const [own, theirs] = [await optimizer.getWeights(), await other.getWeights()];
  for (const [k, name] of guarded.map((each) => each.name).entries()) {
    for (const part of ['n', 'gBar', 'delta']) {
      const found = own.find((each) => each.name === `${name}/${part}`)?.tensor;
      const wanted = theirs.find((each) => each.name === `${plain[k]?.name}/${part}`)?.tensor;
      expectClose(found ?? fill([1], 0), wanted ?? fill([1], 1), 1e-6);
    }
  }
  dispose([guarded, plain]);
  for (const each of [optimizer, other]) each.dispose();
});

test('a variable that goes takes its moments along, and nothing is left behind', () => {
  const before = memory().numTensors;
  const [kept, passing] = [named(2), named(3)];
  const optimizer = gravesRmsProp();
  const update = (variables: readonly Variable[]) =>
    tidy(() => {
      const gradients = Object.fromEntries(variables.map((each) => [each.name, fill(each.shape, 1)]));
      const packed = fill([variables.reduce((sum, { size }) => sum + size, 0)], 1);
      optimizer.applyGuarded(gradients, { measures: stack([1, 1]), packed }, { norm: 1 });
    });
  update([kept, passing]);
  passing.dispose();
  update([kept]);
  expect(numbers(kept)[0]).toBeLessThan(0);
  kept.dispose();
  optimizer.dispose();
  expect(memory().numTensors).toBe(before);
});

test('measures and packed gradients of other sizes are refused before the kernel', () => {
  const each = named(2);
  const optimizer = gravesRmsProp();
  tidy(() => {
    const gradients = { [each.name]: fill([2], 1) };
    const measures = tensor1d([1, 1]);
    expect(() => optimizer.applyGuarded(gradients, { measures, packed: fill([3], 1) }, 'none')).toThrow(
      'packed: expected shape [2] (all gradients one behind the other), got [3]',
    );
    expect(() =>
      optimizer.applyGuarded(gradients, { measures: fill([1], 1), packed: fill([2], 1) }, 'none'),
    ).toThrow('measures: expected shape [2] (objective and norm), got [1]');
  });
  each.dispose();
  optimizer.dispose();
});
