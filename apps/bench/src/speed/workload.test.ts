import { useBackend } from '@tapehead/backend';
import { memory } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { createWorkload } from './workload.js';

beforeAll(async () => {
  await useBackend('cpu');
});

it.each([
  ['lstm', 52_000 + 9292 + 968 + 2560 + 256 + 20 + 200],
  ['feedforward', 3000 + 9292 + 968 + 2560 + 256 + 20],
] as const)("is the paper's network: the parameters of each part, %s", (controller, count) => {
  const { net, dispose } = createWorkload({ controller, engine: 'reference', batch: 1, length: 1 });
  const sizes = Object.values(net.trainable).map(({ size }) => size);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(count);
  dispose();
});

it('an iteration trains: it changes the parameters; a forward pass does not', async () => {
  const { net, passes, dispose } = createWorkload({
    controller: 'feedforward',
    engine: 'reference',
    batch: 2,
    length: 1,
  });
  const bias = async () => Array.from((await net.trainable.outputBias?.data()) ?? []);
  const fresh = await bias();
  await passes.infer();
  expect(await bias()).toEqual(fresh);
  await passes.train();
  expect(await bias()).not.toEqual(fresh);
  dispose();
});

it('leaves nothing behind, however often it runs', async () => {
  const before = memory().numTensors;
  const { passes, dispose } = createWorkload({
    controller: 'lstm',
    engine: 'reference',
    batch: 1,
    length: 1,
  });
  await passes.train();
  const between = memory().numTensors;
  await passes.train();
  await passes.infer();
  expect(memory().numTensors).toBe(between);
  dispose();
  expect(memory().numTensors).toBe(before);
});
