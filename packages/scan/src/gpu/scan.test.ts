import '@tensorflow/tfjs-layers';
import { expectClose, gradientTolerance, numbersOf, onGpu, withLimits } from '@tapehead/testing';
import {
  add,
  cast,
  greater,
  matMul,
  max,
  maximum,
  memory,
  mul,
  randomUniform,
  type Scalar,
  setBackend,
  sum,
  type Tensor,
  tanh,
  tensor1d,
  tensor2d,
  tensor3d,
  tidy,
  valueAndGrads,
  where,
  zeros,
} from '@tensorflow/tfjs-core';
import { beforeAll, expect, test, vi } from 'vitest';
import { registerFused } from '../fused.js';
import { type ScanOptions, scan, scanEngine } from '../index.js';

await onGpu('scan', () => {
  beforeAll(registerFused);

  test('gives what the loop gives on cpu, with all gradients', async () => {
    const wanted = await outcomeOn('cpu', 'reference');
    const own = await outcomeOn('webgpu', 'fused');
    for (const [i, each] of own.entries())
      expectClose(each, wanted[i] ?? [], gradientTolerance, `tensor ${i}`);
  });

  test.each([
    ['lengths', { lengths: [2, 3] }],
    ['the other direction', { direction: 'backward' as const }],
  ])('%s: the same', async (_name, options) => {
    const [wanted, own] = [
      await outcomeOn('cpu', 'reference', options),
      await outcomeOn('webgpu', 'fused', options),
    ];
    for (const [i, each] of own.entries())
      expectClose(each, wanted[i] ?? [], gradientTolerance, `tensor ${i}`);
  });

  test('takes and gives integers and truth values', async () => {
    const step = ({ i, b }: { i: Tensor; b: Tensor }, { sum: before }: { sum: Tensor }) => {
      const next = add(before, where(b, i, cast(mul(cast(i, 'float32'), 2), 'int32')));
      return { output: { next, isLarge: greater(next, 3) }, state: { sum: next } };
    };
    const outcome = async (backend: string, engine: 'fused' | 'reference') => {
      await setBackend(backend);
      const x = { i: tensor2d([[1, 2, 3]], [1, 3], 'int32'), b: tensor2d([[1, 0, 1]], [1, 3], 'bool') };
      const { outputs, state } = scan(step, { sum: tensor1d([1], 'int32') }, x, { engine });
      const all = [outputs.next, outputs.isLarge, state.sum];
      return { numbers: await numbersOf(all), types: all.map(({ dtype }) => dtype) };
    };
    const wanted = await outcome('cpu', 'reference');
    expect(wanted.numbers).toEqual([[2, 6, 9], [0, 1, 1], [9]]);
    expect(await outcome('webgpu', 'fused')).toEqual(wanted);
  });

  test('keeps NaN where the device does', async () => {
    await setBackend('webgpu');
    const step = (x: Tensor, { most }: { most: Tensor }) => {
      const next = maximum(most, max(x, 1, true));
      return { output: next, state: { most: next } };
    };
    const x = tensor3d([
      [
        [1, 2],
        [Number.NaN, 3],
        [1, 1],
      ],
    ]);
    const { outputs } = scan(step, { most: zeros([1, 1]) }, x, { engine: 'fused' });
    expect(Array.from(await outputs.data())).toEqual([2, Number.NaN, Number.NaN]);
  });

  test('leaves nothing behind', async () => {
    await setBackend('webgpu');
    const { step, tensors } = tanhStep();
    const iterate = () => {
      const { value, grads } = run(step, tensors, 'fused');
      const { outputs, state } = scan(step, { h: tensors[1] }, tensors[0], { engine: 'fused' });
      for (const each of [value, ...grads, outputs, state.h]) each.dispose();
    };
    iterate();
    const before = memory();
    for (let i = 0; i < 3; i++) iterate();
    expect(memory()).toMatchObject({ numTensors: before.numTensors, numBytes: before.numBytes });
  });

  test('where the device has no buffer for it, auto is the loop and says so, fused an error', async () => {
    await setBackend('webgpu');
    const { step, tensors } = tanhStep();
    const [x, h] = tensors;
    const reason =
      /scan \(batch 2, time 3\) takes a buffer of 1 MB on the GPU, .*take a smaller batch or shorter/;
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const { outputs: wanted } = scan(step, { h }, x, { engine: 'fused' });
    await withLimits({ maxStorageBufferBindingSize: 64 }, async () => {
      expect(() => scan(step, { h }, x, { engine: 'fused' })).toThrow(reason);
      expect(scanEngine(step, { h }, x)).toEqual({
        engine: 'reference',
        reason: expect.stringMatching(reason),
      });
      const { outputs } = scan(step, { h }, x);
      expectClose(await outputs.data(), await wanted.data(), gradientTolerance);
    });
    expect(warn.mock.calls).toEqual([[expect.stringMatching(reason)]]);
    warn.mockRestore();
  });
});

type Pair = [x: Tensor, h: Tensor];

/** h' = tanh(x · W + h · U), and its tensors on the current backend. */
function tanhStep() {
  const draw = (shape: number[], seed: number): Tensor => randomUniform(shape, -1, 1, 'float32', seed);
  const [w, u] = [draw([4, 5], 1), draw([5, 5], 2)];
  const step = (x: Tensor, { h }: { h: Tensor }) => {
    const next = tanh(add(matMul(x, w), matMul(h, u)));
    return { output: mul(next, 2), state: { h: next } };
  };
  const tensors: Pair = [draw([2, 3, 4], 3), draw([2, 5], 4)];
  return { step, tensors };
}

function run(
  step: ReturnType<typeof tanhStep>['step'],
  tensors: Pair,
  engine: 'fused' | 'reference',
  options: ScanOptions = {},
) {
  return valueAndGrads((...given: Tensor[]) =>
    tidy<Scalar>(() => {
      const [x, h] = given;
      if (!x || !h) throw new Error('two tensors');
      const { outputs, state } = scan(step, { h }, x, { ...options, engine });
      return add(sum<Scalar>(mul(outputs, outputs)), sum<Scalar>(mul(state.h, 3)));
    }),
  )(tensors);
}

async function outcomeOn(
  backend: 'cpu' | 'webgpu',
  engine: 'fused' | 'reference',
  options: ScanOptions = {},
): Promise<number[][]> {
  await setBackend(backend);
  const { step, tensors } = tanhStep();
  const { value, grads } = run(step, tensors, engine, options);
  return numbersOf([value, ...grads]);
}
