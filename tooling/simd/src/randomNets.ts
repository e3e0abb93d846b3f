import type { Sizes } from './transcription.js';

/** Numbers in (−1, 1), the same for the same seed. */
export function randomNumbers(seed: number): () => number {
  let state = (seed * 2654435761 + 1) >>> 0;
  return () => {
    state = (state * 1664525 + 1013904223) >>> 0;
    return (state / 2 ** 32) * 2 - 1;
  };
}

/** A net of any kind that the kernels know, small. */
export function randomSizes(random: () => number): Sizes {
  const among = (low: number, high: number) => low + Math.floor(((random() + 1) / 2) * (high - low + 1));
  const N = among(1, 37);
  return {
    batch: among(1, 6),
    steps: among(1, 6),
    inputSize: among(1, 11),
    outputSize: among(1, 10),
    units: among(1, 13),
    layers: among(1, 3),
    N,
    M: among(1, 9),
    readHeads: among(1, 3),
    writeHeads: among(1, 3),
    shifts: 1 + 2 * among(0, Math.floor((N - 1) / 2)),
    controller: random() < 0 ? 'lstm' : 'feedforward',
    bounded: random() < 0,
    writeFirst: random() < 0,
  };
}
