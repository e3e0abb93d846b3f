import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NTM } from '@tapehead/ntm';
import { registerFused } from '@tapehead/ntm/fused';
import { expectClose, gradientTolerance, onEachBackend } from '@tapehead/testing';
import { decodeSafetensors } from '@tapehead/training';
import {
  mean,
  type Scalar,
  sigmoid,
  square,
  sum,
  type Tensor3D,
  tensor1d,
  tidy,
} from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { Answers } from './answers.js';
import { netOf } from './nets.js';
import { fixtures } from './python.js';

const file = decodeSafetensors(readFileSync(join(fixtures, 'imported.safetensors')));
const input = Answers.in(fixtures, 'imported-answers.safetensors');
const answer = (which: string) => Answers.in(fixtures, 'imported-answers.safetensors', `${which}/`);

function importedNet(engine: 'auto' | 'reference'): NTM {
  const net = netOf(JSON.parse(file.metadata.model ?? ''), Object.fromEntries(file.tensors), engine);
  // A buffer in the public net, of which there is a gradient in the answers too.
  for (const variable of Object.values(net.parameters)) variable.trainable = true;
  return net;
}

/** As in `answers.py`: almost no content gets through the gate of read head 1, and its weightings sum to less than 1. */
function shutGate(net: NTM): void {
  const { memoryDim, shifts } = net.config;
  const { headBias } = net.parameters;
  if (headBias === undefined) throw new Error('the net has a headBias');
  const bias = headBias.dataSync().slice();
  bias[memoryDim + shifts + 3 + memoryDim + 1] = -16;
  const shut = tensor1d(bias);
  headBias.assign(shut);
  shut.dispose();
}

onEachBackend('a net from PyTorch gives the numbers that it gives in PyTorch', () => {
  beforeAll(registerFused);

  describe.each(['reference', 'auto'] as const)('%s', (engine) => {
    test.each(['trained', 'shut'] as const)('%s', (which) => {
      const net = importedNet(engine);
      if (which === 'shut') shutGate(net);
      tidy(() => {
        const x = input.cube('input');
        const wanted = answer(which);
        const { output, trace } = net.sequence(x, { trace: true });
        expectClose(output, wanted.get('output').values, 1e-5, 'output');
        const least = Math.min(...sum(trace.readWeights, 3).dataSync());
        expect(least < 0.5, `the least sum of a weighting is ${least}`).toBe(which === 'shut');
        const { grads } = net.differentiate(x, (logits: Tensor3D) => mean<Scalar>(square(sigmoid(logits))));
        expect(wanted.names('gradients.').sort()).toEqual(Object.keys(net.parameters).sort());
        for (const [name, variable] of Object.entries(net.parameters)) {
          const { values } = wanted.get(`gradients.${name}`);
          expectClose(grads[variable.name] ?? [], values, gradientTolerance, `d/d ${name}`);
        }
      });
      net.dispose();
    });
  });
});
