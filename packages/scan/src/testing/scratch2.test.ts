import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import * as tf from '@tensorflow/tfjs-core';
import { test } from 'vitest';
import { bases } from '../emit/testing.js';
import { runGraph } from '../graph/oracle.js';
import { show } from '../graph/show.js';
import { runAsProgram } from '../program/testing.js';
import { simplify } from '../simplify/index.js';
import { differencesOf, runLoop } from './compare.js';
test('scratch', async () => {
  await tf.setBackend('cpu');
  for (const n of [6]) for (const m of [6, 84]) {
  const w = tf.randomUniform([m, n], -0.5, 0.5); const v = tf.randomUniform([n, m], -1, 1);
  const trial = { x: [{shape: [n], dtype: 'float32' as const}], state: [{shape: [n], dtype: 'float32' as const}, {shape:[84], dtype: 'float32' as const}], batch: 2, time: 2,
    step: ([x]: tf.Tensor[], [h, g]: tf.Tensor[]) => { const p = tf.matMul(h!, w, false, true); const q = tf.tanh(tf.slice(p, [0, 0], [-1, n])); return { outputs: [p], state: [q, tf.slice(tf.concat([p, g!], 1), [0, 0], [-1, 84])] }; } };
  const { traced, given, size, expected } = runLoop(trial);
  const s = simplify(traced.graph);
  const r = runAsProgram(s, given, size, { base: bases.simd, relaxed: false, way: 'backToX', smallestWeight: 1 });
  console.log(n, m, show(s), differencesOf(r, expected), differencesOf(runGraph(s, given, size), expected), r.outputs, expected.outputs);
  }
});
