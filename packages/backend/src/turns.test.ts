import {
  engine,
  getBackend,
  registerBackend,
  removeBackend,
  scalar,
  setBackend,
  square,
} from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { BackendChoice } from './types.js';
import { useBackend } from './useBackend.js';

beforeEach(async () => {
  for (const name of ['cpu', 'wasm'] as const) {
    await useBackend(name);
    removeBackend(name);
  }
});
afterEach(() => vi.unstubAllGlobals());

/** What each of several calls at once came to: the backend it was told, or the code of its error. */
async function atOnce(choices: readonly BackendChoice[]): Promise<string[]> {
  const told = await Promise.allSettled(choices.map((choice) => useBackend(choice)));
  return told.map((each) => (each.status === 'fulfilled' ? each.value.backend : each.reason.code));
}

/** The name of the backend that tfjs has, which must be the one that computes. */
function running(): string {
  expect(square(scalar(3)).dataSync()[0]).toBe(9);
  expect('wasm' in engine().backend).toBe(getBackend() === 'wasm');
  return getBackend();
}

const calls: BackendChoice[][] = [
  ['wasm', 'cpu'],
  ['cpu', 'wasm'],
  ['wasm', 'wasm'],
  ['wasm', 'cpu', 'wasm', 'cpu'],
];

it.each(calls.map((choices) => [choices]))(
  'gives each of several calls at once its own choice, and ends on the last: %o',
  async (choices) => {
    expect(await atOnce(choices)).toEqual(choices);
    expect(running()).toBe(choices.at(-1));
  },
);

it('goes on after a call that fails, and ends on the last one that does not', async () => {
  vi.stubGlobal('navigator', { gpu: { requestAdapter: async () => null } });
  expect(await atOnce(['webgpu', 'cpu', 'webgpu'])).toEqual(['backend', 'cpu', 'backend']);
  expect(running()).toBe('cpu');
  expect(await atOnce(['cpu', 'webgpu', 'wasm'])).toEqual(['cpu', 'backend', 'wasm']);
  expect(running()).toBe('wasm');
});

it("waits for a setBackend of the caller's own that has not resolved", async () => {
  await useBackend('wasm');
  const { factory, priority } = engine().registryFactory.wasm ?? expect.unreachable();
  removeBackend('wasm');
  registerBackend('wasm', factory, priority);
  const [own, chosen] = await Promise.all([setBackend('wasm'), useBackend('cpu')]);
  expect([own, chosen.backend]).toEqual([true, 'cpu']);
  expect(running()).toBe('cpu');
});

it.each(['wasm', 'cpu'] as const)('starts %s again after tf.removeBackend', async (name) => {
  await useBackend(name);
  removeBackend(name);
  expect((await useBackend(name)).backend).toBe(name);
  expect(running()).toBe(name);
});

it('starts again after tf.engine().reset()', async () => {
  await useBackend('wasm');
  engine().reset();
  await useBackend('wasm');
  expect(running()).toBe('wasm');
});

it("gives up a setBackend of the caller's own that never resolves", async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  registerBackend('never', () => new Promise(() => {}));
  void setBackend('never');
  const chosen = useBackend('cpu');
  await vi.advanceTimersByTimeAsync(11_000);
  vi.useRealTimers();
  expect((await chosen).backend).toBe('cpu');
  removeBackend('never');
  expect(running()).toBe('cpu');
});
