import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import { setBackend } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { bases, kinds } from '../emit/testing.js';
import { simplify } from '../simplify/index.js';
import { compareWithLoop, type Executor, type Trial } from '../testing/compare.js';
import { attention, dnc, gru, keyValueMemory, layerNorm, lstm, ntm, rnn } from '../testing/nets.js';
import { runAsProgram } from './testing.js';

beforeAll(async () => void (await setBackend('cpu')));

const nets: readonly (readonly [name: string, net: () => Trial])[] = [
  ['an RNN', () => rnn(3, 5)],
  ['an LSTM', () => lstm(3, 6)],
  ['a GRU', () => gru(3, 6)],
  ['an NTM', () => ntm(4, 10, 8, 5, 1)],
  ['an NTM of two heads', () => ntm(4, 10, 8, 5, 2)],
  ['a DNC', () => dnc(3, 6, 8, 5, 2)],
  ['a wider DNC', () => dnc(3, 50, 12, 4, 2)],
  ['a key-value memory', () => keyValueMemory(4, 6, 5)],
  ['an RNN with layer norm', () => layerNorm(3, 6)],
  ['attention', () => attention(3, 4, 5)],
];

describe.each(kinds)('compiled (%s)', (kind) => {
  const execute =
    (smallestWeight: number): Executor =>
    (graph, given, size) =>
      runAsProgram(simplify(graph), given, size, {
        base: bases[kind],
        relaxed: kind === 'relaxed',
        way: 'backToX',
        smallestWeight,
      });

  it.each(nets)('%s gives the values and gradients of the loop', (_name, net) => {
    for (const smallestWeight of [1, 512]) {
      for (const [batch, time] of [
        [1, 2],
        [2, 3],
        [5, 3],
      ] as const) {
        const { values, gradients } = compareWithLoop({ ...net(), batch, time }, execute(smallestWeight));
        expect(values).toBeLessThan(1e-5);
        expect(gradients).toBeLessThan(1e-4);
      }
    }
  });
});
