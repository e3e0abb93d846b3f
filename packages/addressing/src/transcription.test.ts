import { expectClose, onEachBackend, valueTolerance } from '@tapehead/testing';
import { randomUniform, softmax, type Tensor3D, tidy } from '@tensorflow/tfjs-core';
import { test } from 'vitest';
import { address } from './index.js';

/** Equations 5 to 9 for one head of one sequence, as loops over plain numbers. */
function slowAddress(
  key: number[],
  beta: number,
  gate: number,
  shift: number[],
  gamma: number,
  memory: number[][],
  previous: number[],
): number[] {
  const rows = memory.length;
  const dot = (a: number[], b: number[]): number =>
    a.reduce((total, value, i) => total + value * (b[i] ?? 0), 0);
  const similarity = memory.map((row) => dot(key, row) / Math.sqrt(dot(key, key) * dot(row, row)));
  const exponentials = similarity.map((value) => Math.exp(beta * value));
  const total = exponentials.reduce((a, b) => a + b);
  const interpolated = exponentials.map(
    (value, i) => (gate * value) / total + (1 - gate) * (previous[i] ?? 0),
  );
  const shifted = interpolated.map((_, i) => {
    let moved = 0;
    for (let j = 0; j < rows; j++) {
      for (let k = 0; k < shift.length; k++) {
        const offset = k - (shift.length - 1) / 2;
        if ((j + offset + rows) % rows === i) moved += (interpolated[j] ?? 0) * (shift[k] ?? 0);
      }
    }
    return moved;
  });
  const powers = shifted.map((value) => value ** gamma);
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((value) => value / sum);
}

onEachBackend('equations 5 to 9', () => {
  test.each([
    { seed: 1, batch: 1, heads: 1, rows: 5, width: 3, taps: 3 },
    { seed: 2, batch: 2, heads: 3, rows: 8, width: 4, taps: 5 },
    { seed: 3, batch: 3, heads: 2, rows: 7, width: 6, taps: 7 },
    { seed: 4, batch: 2, heads: 1, rows: 4, width: 2, taps: 1 },
  ])('address equals its slow transcription: %o', ({ seed, batch, heads, rows, width, taps }) => {
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
      const weights = address({ key, beta, gate, shift, gamma }, memory, previous);
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
          ),
        ),
      );
      expectClose(weights, wanted, valueTolerance);
    });
  });
});
