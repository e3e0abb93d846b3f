import '@tensorflow/tfjs-backend-webgl';
import { useBackend } from '@tapehead/backend';
import { NTM } from '@tapehead/ntm';
import { registerFused } from '@tapehead/ntm/fused';
import * as tf from '@tensorflow/tfjs-core';
import { difference, drawn, outcome, outcomeOfOps } from './outcomes.js';

/** How far the reference engine is apart on webgl and cpu, and what becomes of the other engines on webgl. */
globalThis.answer = (async () => {
  const { backend } = await useBackend('webgl');
  await registerFused();
  const engine = NTM.build({ inputSize: 2 }).runsOn;
  const refused = await outcome('webgl', 'fused', drawn(1)).catch(({ code, message }) => ({ code, message }));
  await useBackend('cpu');
  const differences = [];
  for (const seed of [1, 2]) {
    const wanted = await outcome('cpu', 'reference', drawn(seed));
    differences.push(difference(await outcome('webgl', 'reference', drawn(seed)), wanted));
  }
  const ops = await outcomeOfOps('cpu', 'reference');
  differences.push(difference(await outcomeOfOps('webgl', 'reference'), ops));
  return { backend, running: tf.getBackend(), engine, refused, differences };
})();
