import '@tensorflow/tfjs-layers';
import { onGpu, withLimits } from '@tapehead/testing';
import { setBackend } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import type { Graph } from '../graph/graph.js';
import { type Given, type Results, runGraph } from '../graph/oracle.js';
import { randomGraph } from '../graph/random.js';
import { show } from '../graph/show.js';
import type { CallSize } from '../run/plans.js';
import { recompute, simplify } from '../simplify/index.js';
import type { Trial } from '../testing/compare.js';
import * as nets from '../testing/nets.js';
import { traceStep } from '../trace/trace.js';
import { registerOnGpu } from './register.js';
import { runOnGpu } from './testing.js';

const trials: readonly (readonly [string, () => Trial])[] = [
  ['an RNN', () => nets.rnn(3, 5)],
  ['an LSTM', () => nets.lstm(3, 6)],
  ['a GRU', () => nets.gru(3, 6)],
  ['an NTM', () => nets.ntm(4, 10, 8, 5, 1)],
  ['an NTM of two heads', () => nets.ntm(4, 10, 8, 5, 2)],
  ['a DNC', () => nets.dnc(3, 6, 8, 5, 2)],
  ['a key-value memory', () => nets.keyValueMemory(4, 6, 5)],
  ['an RNN with layer norm', () => nets.layerNorm(3, 6)],
  ['attention', () => nets.attention(3, 4, 5)],
  ['a queue', () => nets.queue(3, 4)],
];

/** Few, because software Vulkan takes a while to compile each. */
const count = Number(process.env.TAPEHEAD_PROGRAMS ?? 10);
const nodes = Number(process.env.NODES ?? 20);
const first = Number(process.env.TAPEHEAD_SEED ?? 1);

await onGpu('a compiled step', () => {
  beforeAll(registerOnGpu);

  test.each(trials)('%s gives what the oracle gives', async (_name, net) => {
    const trial = net();
    const { graph, captured } = await tracedOnCpu(trial);
    for (const [batch, time] of [
      [1, 3],
      [3, 2],
    ] as const) {
      const size = { batch, time };
      const given = drawn(trial, graph, captured, size);
      const found = await runOnGpu(graph, given, size, 'back');
      const expected = runGraph(graph, given, size);
      expect(distance(valuesOf(found), valuesOf(expected))).toBeLessThan(1e-5);
      expect(distance(slopesOf(found), slopesOf(expected))).toBeLessThan(1e-4);
      const forward = await runOnGpu(graph, given, size, 'forward');
      expect(distance(valuesOf(forward), valuesOf(expected))).toBeLessThan(1e-5);
    }
  });

  test('also where workgroups are small, and have no storage for all of it', async () => {
    const trial = nets.ntm(4, 10, 20, 5, 1);
    const { graph, captured } = await tracedOnCpu(trial);
    const size = { batch: 2, time: 2 };
    const given = drawn(trial, graph, captured, size);
    const expected = runGraph(graph, given, size);
    const limits = { maxComputeWorkgroupStorageSize: 1024, maxComputeInvocationsPerWorkgroup: 64 };
    await withLimits(limits, async () => {
      const found = await runOnGpu(graph, given, size, 'back');
      expect(distance(valuesOf(found), valuesOf(expected))).toBeLessThan(1e-5);
      expect(distance(slopesOf(found), slopesOf(expected))).toBeLessThan(1e-4);
    });
  });

  test('without the gradient of x, it gives the other gradients', async () => {
    const trial = nets.gru(3, 6);
    const { graph, captured } = await tracedOnCpu(trial);
    const size = { batch: 2, time: 3 };
    const given = drawn(trial, graph, captured, size);
    const { slopes } = await runOnGpu(graph, given, size, 'back', false);
    const expected = runGraph(graph, given, size);
    expect(slopes.x).toEqual([undefined]);
    const others = [...slopes.state, ...slopes.captured];
    expect(distance(others, [...expected.slopes.state, ...expected.slopes.captured])).toBeLessThan(1e-4);
  });

  test('random graphs give what the oracle gives', async () => {
    await setBackend('webgpu');
    for (const { graph, given, size } of fc.sample(randomGraph(nodes), { seed: first, numRuns: count })) {
      const expected = runGraph(graph, given, size);
      const found = await runOnGpu(graph, given, size, 'back');
      expect(
        distance([...valuesOf(found), ...slopesOf(found)], [...valuesOf(expected), ...slopesOf(expected)]),
        show(graph),
      ).toBeLessThan(1e-4);
    }
  });
});

async function tracedOnCpu(trial: Trial): Promise<{ graph: Graph; captured: Float64Array[] }> {
  await setBackend('cpu');
  const traced = traceStep(trial.step, trial.x, trial.state, 'kept');
  const captured = traced.captured.map((each) => Float64Array.from(each.dataSync()));
  await setBackend('webgpu');
  return { graph: recompute(simplify(traced.graph)), captured };
}

const valuesOf = ({ outputs, state }: Results) => [...outputs, ...state];
const slopesOf = ({ slopes }: Results) => [...slopes.x, ...slopes.state, ...slopes.captured];

/** Numbers from -1 to 1, and whole numbers from 0 to 2; a state as weightings and usages can be. */
function drawn(trial: Trial, graph: Graph, captured: Float64Array[], { batch, time }: CallSize): Given {
  let seed = 1;
  const draw = (shape: readonly number[], times: number): Float64Array => {
    const count = shape.reduce((product, size) => product * size, times);
    return Float64Array.from({ length: count }, () => {
      seed = (seed * 48271) % 2147483647;
      return (2 * seed) / 2147483647 - 1;
    });
  };
  const shapeOf = (id: number) => graph.values[id]?.shape ?? [];
  return {
    x: graph.x.map((id, leaf) => {
      const numbers = draw(shapeOf(id), batch * time);
      return trial.x[leaf]?.dtype === 'float32' ? numbers : numbers.map((each) => Math.round(each + 1));
    }),
    state: graph.state.map((id) => draw(shapeOf(id), batch).map((each) => (each + 1) / 8)),
    captured,
    outputSlopes: graph.outputs.map(({ shape }) => draw(shape, batch * time)),
    stateSlopes: graph.nextState.map(({ shape }) => draw(shape, batch)),
  };
}

/** The greatest difference, relative to the greatest number of each tensor. */
function distance(
  found: readonly (Float64Array | undefined)[],
  expected: readonly (Float64Array | undefined)[],
): number {
  let worst = 0;
  for (const [i, wanted] of expected.entries()) {
    if (wanted === undefined) continue;
    const scale = wanted.reduce((most, each) => Math.max(most, Math.abs(each)), 1e-3);
    // Such numbers are not told apart in float32.
    if (!Number.isFinite(scale) || scale > 1e6) continue;
    for (const [k, each] of wanted.entries()) {
      const difference = Math.abs(each - (found[i]?.[k] ?? Number.NaN)) / scale;
      worst = Math.max(worst, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference);
    }
  }
  return worst;
}
