import '@tapehead/testing';
import {
  type Rank,
  randomUniform,
  type Scalar,
  setBackend,
  square,
  sum,
  type Tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import { bench, describe } from 'vitest';
import { registerFused } from '../fused.js';
import { LSTMBaseline } from '../index.js';

await setBackend('wasm');
await registerFused();

const cost = (logits: Tensor): Scalar => sum(square(logits));
const options = { time: 2000, warmupTime: 500 };

/** The nets of table 3: copy of 20 vectors, n-grams, and 37 steps of repeat copy. */
for (const { size, steps } of [
  { size: 256, steps: 41 },
  { size: 128, steps: 200 },
  { size: 512, steps: 37 },
]) {
  const nets = (['fused', 'reference'] as const).map((engine) =>
    LSTMBaseline.build({ inputSize: 9, outputSize: 8, size, engine, seed: 1 }),
  );
  const x = randomUniform<Rank.R3>([1, steps, 9], 0, 1, 'float32', 1);
  describe(`LSTM baseline, differentiate: 3 × ${size}, ${steps} steps`, () => {
    for (const net of nets)
      bench(net.engine, () => void tidy(() => void net.differentiate(x, cost)), options);
  });
}
