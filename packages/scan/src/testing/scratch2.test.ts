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
import { build } from './randomStep.js';

test('scratch', async () => {
  await tf.setBackend('cpu');
  const { text, ...trial } = build(JSON.parse(process.env.STEP ?? ''));
  const { traced, given, size, expected } = runLoop(trial);
  const s = simplify(traced.graph);
  let out = text + '\n' + (process.env.FULL ? show(traced.graph) : '') + '\n' + show(s) + '\n';
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
        const none = { outputs: [], state: [], slopes: { x: [], state: [], captured: [] } };
        const d = differencesOf(
          { ...none, outputs: [f[i] as Float64Array] },
          { ...none, outputs: [want as Float64Array] },
        ).values;
        if (d > 1e-5)
          out += `  ${k} ${i}: ${d}  ${[...(f[i] ?? [])].slice(0, 12).map((n) => n.toFixed(5))} for ${[...(want ?? [])].slice(0, 12).map((n) => n.toFixed(5))}\n`;
      });
  };
  say('graph', runGraph(traced.graph, given, size));
  let place = 0;
  say(
    'disturbed',
    runGraph(traced.graph, given, size, (data) => data.map((each) => each * (1 + 1e-6 * Math.sin(place++)))),
  );
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
  if (process.env.PLAN) {
    const { planOf } = await import('../plan/plan.js');
    const plan = planOf(s, 'back', 1);
    const b = plan.backward;
    out +=
      JSON.stringify(plan.lowered.roles) +
      '\n' +
      plan.lowered.cells
        .map(
          (c, i) =>
            `${i}: ${JSON.stringify({ ...c, data: undefined })} ${JSON.stringify(plan.layout.spots.get(i))}`,
        )
        .join('\n') +
      '\n';
    for (const [n, l] of Object.entries(b ?? {}))
      out +=
        n +
        '\n' +
        l
          .map((e: unknown) => {
            const g = e as { rows?: unknown[]; products?: unknown[] };
            return g.rows
              ? ' rows\n' +
                  g.rows.map((r) => '  ' + JSON.stringify(r)).join('\n') +
                  '\n products\n' +
                  (g.products ?? []).map((r) => '  ' + JSON.stringify(r)).join('\n')
              : ' ' + JSON.stringify(e);
          })
          .join('\n') +
        '\n';
  }
  writeFileSync('/tmp/debug.txt', out);
});

import fc from 'fast-check';
import { randomStep } from './randomStep.js';

test('why', async () => {
  if (!process.env.WHY) return;
  await tf.setBackend('cpu');
  let out = '';
  for (const r of fc.sample(randomStep, { seed: Number(process.env.WHY), numRuns: 200 }))
    tf.tidy(() => {
      const { text, gradients, ...trial } = build(r);
      const { traced, given, size } = runLoop(trial);
      const exact = runGraph(traced.graph, given, size);
      const d = [1, -1].map((sign) => {
        let tensors = 0;
        const disturb = (data: Float64Array) => {
          const phase = tensors++;
          return data.map((x) =>
            Number.isInteger(x) ? x : x * (1 + sign * 1e-6 * Math.sin(1e5 * x + phase)),
          );
        };
        const changed = {
          ...given,
          x: given.x.map(disturb),
          state: given.state.map(disturb),
          captured: given.captured.map(disturb),
        };
        return differencesOf(runGraph(traced.graph, changed, size, disturb), exact);
      });
      const v = Math.max(...d.map((e) => e.values)),
        g = Math.max(...d.map((e) => e.gradients));
      if (v > 2.5e-5 || g > 2.5e-4) {
        out += `${v.toExponential(1)} ${g.toExponential(1)} ${JSON.stringify(r).slice(0, 150)} ${r.lines.length} lines, time ${r.time} ${text.match(/floor|ceil|round|sign |step|truncate|mod|greater|less|equal|logic|argM|max|min|relu|abs|clip/gi) ?? ''}\n`;
      }
    });
  writeFileSync('/tmp/why.txt', out);
}, 300000);
