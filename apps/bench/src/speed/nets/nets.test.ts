import { useBackend } from '@tapehead/backend';
import { batchOf } from '@tapehead/tasks';
import { memory, tidy } from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { registerKernels, registerScan } from '../../backend.js';
import { episodesOf } from '../passes.js';
import { type Entrant, speedNet } from './index.js';

const [batch, length] = [2, 1];

beforeAll(async () => {
  await useBackend('cpu');
  await registerKernels('fused');
  await registerScan();
});

/** The logits of an entrant's `sequence`, and what its `forward` says where it has one. */
function saidBy({ model }: Entrant, net: ReturnType<typeof speedNet>): Float32Array[] {
  return tidy(() => {
    const { input } = batchOf(episodesOf(net.task, batch, length));
    expect(input.shape[1]).toBe(net.steps(length));
    const said = [model.sequence(input).logits, ...(model.forward ? [model.forward(input)] : [])];
    return said.map((each) => Float32Array.from(each.dataSync()));
  });
}

it.each([
  ['ntm', 'lstm', ['hand-written kernels']],
  ['ntm', 'feedforward', ['hand-written kernels']],
  ['dnc', 'lstm', ['loop']],
  ['gru-ntm', 'lstm', ['loop']],
  ['lstm', 'lstm', ['tf.layers.lstm']],
] as const)('%s with %s: scan and %s run the same net', (name, controller, others) => {
  const before = memory().numTensors;
  const net = speedNet(name, controller);
  for (const other of others) {
    const made = ['scan', other].map((program) => net.entrants[program]?.() ?? expect.fail(program));
    const [scan = [], same = []] = made.map((entrant) => saidBy(entrant, net));
    expect(scan.length).toBeGreaterThan(0);
    for (const [i, values] of scan.entries()) {
      const far = values.map((value, k) => Math.abs(value - (same[i]?.[k] ?? Number.NaN)));
      // Logits are of the order of 0.1, and float32 rounds in another order.
      expect(Math.max(...far)).toBeLessThan(1e-5);
      expect(Math.max(...values.map(Math.abs))).toBeGreaterThan(1e-3);
    }
    for (const { model } of made) model.dispose();
  }
  expect(memory().numTensors).toBe(before);
});

it('leaves the loop of a DNC out where its tape does not fit, and says why', () => {
  const { leftOut } = speedNet('dnc', 'lstm');
  expect([1, 16].map((batch) => leftOut?.('loop', batch))).toEqual([undefined, undefined]);
  expect(leftOut?.('loop', 64)).toContain('memory');
  expect(leftOut?.('scan', 64)).toBeUndefined();
});
