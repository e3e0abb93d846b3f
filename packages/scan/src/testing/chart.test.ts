import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import { readFileSync } from 'node:fs';
import { setBackend } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { planOf } from '../plan/plan.js';
import { recompute, simplify } from '../simplify/index.js';
import { traceStep } from '../trace/trace.js';
import { chart } from './chart.js';
import { lstm } from './nets.js';

test('docs/scan.md shows the plan of an LSTM', async () => {
  await setBackend('cpu');
  const { step, x, state } = lstm(32, 64);
  const { graph } = traceStep(step, x, state, 'kept');
  const plan = planOf(recompute(simplify(graph)), 'back');
  const page = readFileSync(new URL('../../../../docs/scan.md', import.meta.url), 'utf8');
  expect(page).toContain(`\`\`\`mermaid\n${chart(plan)}\n\`\`\``);
});
