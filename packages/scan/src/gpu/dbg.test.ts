import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import { setBackend } from '@tensorflow/tfjs-core';
import { it } from 'vitest';
import { writeFileSync } from 'node:fs';
import { recompute, simplify } from '../simplify/index.js';
import { show } from '../graph/show.js';
import * as nets from '../testing/nets.js';
import { traceStep } from '../trace/trace.js';
import { plannedForGpu } from './planned.js';
it('x', async () => {
  await setBackend('cpu');
  for (const [name, net] of Object.entries({ dnc: nets.dnc(3, 6, 8, 5, 2), paper: nets.ntm(9, 100, 128, 20, 1), lstm: nets.lstm(8,128), bigdnc: nets.dnc(9,100,128,20,4) })) {
  const t = traceStep(net.step, net.x, net.state, 'kept');
  const g = recompute(simplify(t.graph));
  const p = plannedForGpu(g, 'back');
  const c = p.codeFor({ maxComputeWorkgroupStorageSize: 32768, maxComputeInvocationsPerWorkgroup: 256 } as never);
  writeFileSync(`/tmp/${name}.txt`, show(g) + '\n' + JSON.stringify(p.plan.lowered.roles) + '\n');
  writeFileSync(`/tmp/${name}.wgsl`, [...c.shared, ...c.forward, ...c.backToX].map((e) => `// ---------- ${e.key} lanes ${e.lanes} barriers ${e.barriers} far ${e.far}\n${e.code}`).join('\n'));
  console.log(name, JSON.stringify(p.plan.layout.pitches));
  for (const e of [...c.shared, ...c.forward, ...c.backToX]) console.log(name, e.key, e.lanes, 'barriers', e.barriers, 'far', e.far, e.code.length, e.code.match(/var<workgroup>.*/g)?.join(' '));
  }
});
