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
import { registerFused } from './fused.js';
import { NTM } from './index.js';

await setBackend('wasm');
await registerFused();

const cost = (logits: Tensor): Scalar => sum(square(logits));
const options = { time: 2000, warmupTime: 500 };

/** The paper's net for copy; a sequence of length 20 takes 42 steps. */
for (const batch of [1, 16]) {
  const nets = (['fused', 'reference'] as const).map((engine) =>
    NTM.build({
      inputSize: 10,
      outputSize: 8,
      memorySize: 128,
      memoryDim: 20,
      controllerSize: 100,
      engine,
      seed: 1,
    }),
  );
  const x = randomUniform<Rank.R3>([batch, 42, 10], 0, 1, 'float32', 1);
  describe(`sequence: batch ${batch}, 42 steps`, () => {
    for (const net of nets) bench(net.engine, () => void tidy(() => void net.sequence(x)), options);
  });
  describe(`differentiate: batch ${batch}, 42 steps`, () => {
    for (const net of nets)
      bench(net.engine, () => void tidy(() => void net.differentiate(x, cost)), options);
  });
}
