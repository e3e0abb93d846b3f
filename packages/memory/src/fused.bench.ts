import { benchEngines } from '@tapehead/testing';
import { setBackend } from '@tensorflow/tfjs-core';
import { registerFused } from './fused.js';
import { fused, randomPoints, reference } from './testing/points.js';

await setBackend('wasm');
await registerFused();
for (const batch of [1, 16]) {
  benchEngines(
    `write: batch ${batch}, one head, N 128, M 20`,
    { fused, reference },
    randomPoints({ seed: 1, batch, heads: 1, rows: 128, width: 20 }),
  );
}
