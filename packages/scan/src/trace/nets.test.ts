import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import { engine, setBackend } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { check } from '../graph/check.js';
import { compareWithLoop, type Trial } from '../testing/compare.js';
import * as nets from '../testing/nets.js';

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

describe('the graph of a net gives values and gradients of its loop', () => {
  // float32 against float64 over four steps, relative to the largest number of a tensor.
  it.each(Object.entries(trials))('%s', (_, trial) => {
    const { numTensors } = engine().state;
    const { values, gradients, traced } = compareWithLoop({ ...trial, batch: 3, time: 4 });
    expect(traced.gradientObstacle).toBeUndefined();
    check(traced.graph);
    expect(values).toBeLessThan(1e-5);
    expect(gradients).toBeLessThan(1e-4);
    expect(engine().state.numTensors).toBe(numTensors);
  });
});
