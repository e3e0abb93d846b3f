import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers';
import { setBackend } from '@tensorflow/tfjs-core';
import { beforeAll, it } from 'vitest';
import { bases } from '../emit/testing.js';
import { runGraph } from '../graph/oracle.js';
import { simplify, recompute } from '../simplify/index.js';
import { compareWithLoop } from '../testing/compare.js';
import { dnc } from '../testing/nets.js';
import { runAsProgram } from './testing.js';
beforeAll(async () => void (await setBackend('cpu')));
it('x', () => {
  for (const [batch, time] of [[1,1],[1, 2],[5,4], [3,4],[5,2]] as const) {
    const trial = () => ({ ...dnc(3, 50, 12, 4, 2), batch, time });
    const rows: string[] = [];
    for (const [name, f] of Object.entries({ raw: runGraph, simple: (g: any, a: any, b: any) => runGraph(simplify(g), a, b), raw2: (g: any, a: any, b: any) => runAsProgram(g, a, b, { base: bases.simd, relaxed: false, way: 'backToX', smallestWeight: 512 }), prog1: (g: any, a: any, b: any) => runAsProgram(simplify(g), a, b, { base: bases.simd, relaxed: false, way: 'backToX', smallestWeight: 1 }), prog: (g: any, a: any, b: any) => runAsProgram(simplify(g), a, b, { base: bases.simd, relaxed: false, way: 'backToX', smallestWeight: 1e9 }) })) {
      const { values, gradients } = compareWithLoop(trial(), f as never);
      rows.push(`${name} ${values.toExponential(1)} ${gradients.toExponential(1)}`);
    }
    console.log(batch, time, rows.join(' | '));
  }
}, 60000);
