import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import { setBackend } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { check } from '../graph/check.js';
import type { Graph } from '../graph/graph.js';
import { runGraph } from '../graph/oracle.js';
import { show } from '../graph/show.js';
import { compareWithLoop, type Executor, type Trial } from '../testing/compare.js';
import * as nets from '../testing/nets.js';
import { traceStep } from '../trace/trace.js';
import { cost, recompute, simplify } from './index.js';
import { expectSame } from './same.js';

beforeAll(() => setBackend('cpu'));

const trials: Record<string, Trial> = {
  'a simple RNN': nets.rnn(3, 4),
  'an LSTM': nets.lstm(3, 5),
  'a GRU': nets.gru(3, 4),
  'a Neural Turing Machine': nets.ntm(3, 5, 6, 4, 1),
  'a Neural Turing Machine of several heads': nets.ntm(2, 5, 6, 4, 3),
  'a Differentiable Neural Computer': nets.dnc(3, 5, 6, 4, 2),
  'a key-value memory': nets.keyValueMemory(3, 5, 4),
  'layer normalisation': nets.layerNorm(3, 6),
  attention: nets.attention(3, 4, 3),
  'a queue': nets.queue(2, 3),
};

describe('traced steps', () => {
  it.each(Object.entries(trials))('%s computes the same after simplify and recompute', (_, trial) => {
    const execute: Executor = (graph, given, size) => {
      const after = simplify(graph);
      // A product that is split costs an addition.
      expect(cost(after)).toBeLessThan(1.05 * cost(graph));
      expectSame(graph, after, given, size);
      const again = recompute(after, 10);
      expectSame(graph, again, given, size);
      return runGraph(again, given, size);
    };
    // float32 against float64 over four steps, relative to the largest number of a tensor.
    const { values, gradients } = compareWithLoop({ ...trial, batch: 3, time: 4 }, execute);
    expect(values).toBeLessThan(1e-5);
    expect(gradients).toBeLessThan(1e-4);
  });

  const traced = ({ step, x, state }: Trial): Graph => traceStep(step, x, state, 'kept').graph;

  it('have no gradients that nobody wants', () => {
    const graph = traced(nets.lstm(3, 5));
    const all = simplify(graph);
    const noX = simplify(graph, { x: [false] });
    check(noX);
    expect(noX.backward.length).toBeLessThan(all.backward.length);
    const no = { state: graph.state.map(() => false), captured: graph.captured.map(() => false) };
    expect(simplify(graph, { x: [false], ...no }).backward).toEqual([]);
  });

  it('of which nothing is left to simplify stay as they are', () => {
    for (const trial of Object.values(trials)) {
      const once = simplify(traced(trial));
      expect(cost(simplify(once)), show(once)).toBeGreaterThan(0.95 * cost(once));
    }
  });
});
