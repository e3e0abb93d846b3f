import { expectClose, onEachEngine, valueTolerance } from '@tapehead/testing';
import { randomUniform, softmax, type Tensor3D, tidy } from '@tensorflow/tfjs-core';
import { test } from 'vitest';
import { registerFused } from './fused.js';
import { address } from './index.js';
import { kernelNames } from './testing/kernelNames.js';
import { slowAddress } from './transcription.js';

onEachEngine('equations 5 to 9', { registerFused, kernelNames }, () => {
  test.each([
    { seed: 1, batch: 1, heads: 1, rows: 5, width: 3, taps: 3 },
    { seed: 2, batch: 2, heads: 3, rows: 8, width: 4, taps: 5 },
    { seed: 3, batch: 3, heads: 2, rows: 7, width: 6, taps: 7 },
    { seed: 4, batch: 2, heads: 1, rows: 4, width: 2, taps: 1 },
    { seed: 5, batch: 2, heads: 2, rows: 6, width: 3, taps: 3, epsilon: 0.25 },
    { seed: 6, batch: 2, heads: 2, rows: 6, width: 3, taps: 3, epsilon: 1e-16 },
  ])(
    'address equals its slow transcription: %o',
    ({ seed, batch, heads, rows, width, taps, epsilon = 0 }) => {
      tidy(() => {
        const cube = (size: number, offset: number): Tensor3D =>
          randomUniform([batch, heads, size], -1, 1, 'float32', seed + offset);
        const key = cube(width, 10);
        const memory: Tensor3D = randomUniform([batch, rows, width], -1, 1, 'float32', seed + 20);
        const beta = randomUniform([batch, heads], 0, 10, 'float32', seed + 30);
        const gate = randomUniform([batch, heads], 0, 1, 'float32', seed + 40);
        const gamma = randomUniform([batch, heads], 1, 5, 'float32', seed + 50);
        const shift = softmax(cube(taps, 60));
        const previous = softmax(cube(rows, 70));
        const weights = address({ key, beta, gate, shift, gamma }, memory, previous, { epsilon });
        const [keys, betas, gates, shifts, gammas, memories, previouses] = [
          key.arraySync(),
          beta.arraySync() as number[][],
          gate.arraySync() as number[][],
          shift.arraySync(),
          gamma.arraySync() as number[][],
          memory.arraySync(),
          previous.arraySync(),
        ];
        const wanted = keys.map((sequence, b) =>
          sequence.map((each, h) =>
            slowAddress(
              each,
              betas[b]?.[h] ?? 0,
              gates[b]?.[h] ?? 0,
              shifts[b]?.[h] ?? [],
              gammas[b]?.[h] ?? 0,
              memories[b] ?? [],
              previouses[b]?.[h] ?? [],
              epsilon,
            ),
          ),
        );
        expectClose(weights, wanted, valueTolerance);
      });
    },
  );
});
