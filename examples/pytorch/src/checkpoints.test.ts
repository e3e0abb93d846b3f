import { join } from 'node:path';
import { registerFused } from '@tapehead/ntm/fused';
import { expectClose, gradientTolerance, onEachBackend } from '@tapehead/testing';
import { loadCheckpoint } from '@tapehead/training/node';
import { mean, type Scalar, softplus, type Tensor3D, tidy } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { Answers } from './answers.js';
import { netOf } from './nets.js';
import { fixtures, folder } from './python.js';

const names = ['copy', 'associative-recall', 'priority-sort'];
const episode = (name: string) => Answers.in(fixtures, 'episodes.safetensors', `${name}/`);
const answer = (name: string) => Answers.in(fixtures, 'checkpoint-answers.safetensors', `${name}/`);

test.each(names)('%s: the net in PyTorch has learned its task', (name) => {
  // Of 160, 18 and 128 bits.
  expect(answer(name).get('bits').values[0]).toBeLessThan(1);
});

onEachBackend('trained checkpoints give the numbers that they give in PyTorch', () => {
  beforeAll(registerFused);

  describe.each(['reference', 'fused'] as const)('%s', (engine) => {
    test.each(names)('%s', async (name) => {
      const file = join(folder, '../../apps/playground/checkpoints', `${name}.safetensors`);
      const { model, parameters } = await loadCheckpoint(file);
      const net = netOf(model, parameters, engine);
      const wanted = answer(name);
      tidy(() => {
        const x = episode(name).cube('input');
        expectClose(net.sequence(x).output, wanted.get('output').values, 1e-5, 'output');
        const { grads } = net.differentiate(x, (logits: Tensor3D) => mean<Scalar>(softplus(logits)));
        const compared = wanted.names('gradients.');
        for (const parameter of compared) {
          const gradient = grads[net.parameters[parameter]?.name ?? ''] ?? [];
          const { values } = wanted.get(`gradients.${parameter}`);
          expectClose(gradient, values, gradientTolerance, `d/d ${parameter}`);
        }
        expect(compared).toContain('headBias');
      });
      net.dispose();
    });
  });
});
