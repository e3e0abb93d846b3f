import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js';
import { writeFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { test } from 'vitest';
import { bases, kinds } from '../emit/testing.js';
import { runGraph } from '../graph/oracle.js';
import { show } from '../graph/show.js';
import { runAsProgram } from '../program/testing.js';
import { simplify } from '../simplify/index.js';
import { differencesOf, runLoop } from './compare.js';

test('scratch', async () => {
  await tf.setBackend('cpu');
  const F = 'float32' as const;
  const W = tf.randomUniform([5, 128], -0.1, 0.1, 'float32', 3);
  for (const [batch, seed] of [
    [4, 1],
    [4, 2],
    [4, 3],
    [4, 4],
    [1, 1],
    [2, 1],
  ] as const) {
    const { traced, given, size, expected } = runLoop({
      x: [{ shape: [4], dtype: F }],
      state: [
        { shape: [1, 4], dtype: F },
        { shape: [8, 4, 8], dtype: F },
      ],
      batch,
      time: 2,
      seed,
      step: ([x], [h, M]) => {
        if (!x || !h || !M) throw new Error();
        const t5 = tf.tanh(tf.matMul(M, M, false, true));
        const t7 = tf.tanh(tf.tanh(t5));
        const o = tf.tile(tf.reshape(t7, [-1, 128]), [1, 2]).reshape([-1, 8, 4, 8]);
        const p = tf.matMul(tf.reshape(t5, [-1, 128]), W, false, true);
        return {
          outputs: [o],
          state: [
            tf.add(tf.tanh(tf.reshape(tf.slice(p, [0, 0], [-1, 4]), [-1, 1, 4])), tf.mul(h, 0.5)),
            tf.add(tf.tanh(o), tf.mul(0.5, M)),
          ],
        };
      },
    });
    const s = simplify(traced.graph);
    let out = show(s) + '\n';
    const say = (name: string, r: ReturnType<typeof runGraph>) => {
      out += name + ' ' + JSON.stringify(differencesOf(r, expected)) + '\n';
      for (const [k, f, e] of [
        ['output', r.outputs, expected.outputs],
        ['state', r.state, expected.state],
        ['x slope', r.slopes.x, expected.slopes.x],
        ['state slope', r.slopes.state, expected.slopes.state],
        ['captured slope', r.slopes.captured, expected.slopes.captured],
      ] as const)
        e.forEach((want, i) => {
          const bad = [...(f[i] ?? [])].flatMap((n, j) => (Math.abs(n - (want?.[j] ?? 0)) > 1e-3 ? [j] : []));
          if (f[i] && bad.length)
            out += `  ${k} ${i}: ${bad.length} of ${want?.length}: ${bad.slice(0, 20)}\n`;
        });
    };
    say('graph', runGraph(traced.graph, given, size));
    say('simple', runGraph(s, given, size));
    for (const kind of kinds)
      for (const smallestWeight of [1, 512])
        for (const way of ['forward', 'backToX'] as const)
          try {
            say(
              `${kind} ${smallestWeight} ${way}`,
              runAsProgram(s, given, size, {
                base: bases[kind],
                relaxed: kind === 'relaxed',
                way,
                smallestWeight,
              }),
            );
          } catch (e) {
            out += String((e as Error).stack) + '\n';
          }
    writeFileSync('/tmp/debug3.txt', out, { flag: 'a' });
  }
});
