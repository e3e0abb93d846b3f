import { benchEngines } from '@tapehead/testing';
import { setBackend } from '@tensorflow/tfjs-core';
import { registerFused } from './fused.js';
import { fused, randomPoints, reference } from './testing/points.js';

await setBackend('wasm');
await registerFused();
for (const batch of [1, 16]) {
  benchEngines(
    `lstmStep: batch ${batch}, 29 inputs, 100 units`,
    { fused, reference },
    randomPoints({ seed: 1, batch, inputSize: 29, units: 100 }),
  );
}
