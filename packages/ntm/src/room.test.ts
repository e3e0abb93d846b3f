import { onEachBackend } from '@tapehead/testing';
import {
  engine,
  memory,
  type Rank,
  randomUniform,
  type Scalar,
  square,
  sum,
  tidy,
  variableGrads,
} from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { baselineWorkFloats } from './baseline/room.js';
import { registerFused } from './fused.js';
import { LSTMBaseline, NTM, type NtmOptions } from './index.js';
import { workFloats } from './room.js';

/** The most bytes that tfjs holds while `run` runs, above those before. */
function peakOf(run: () => void): number {
  const before = memory().numBytes;
  const tensors = engine();
  const endScope = tensors.endScope.bind(tensors);
  let peak = 0;
  tensors.endScope = (result) => {
    peak = Math.max(peak, memory().numBytes - before);
    endScope(result);
  };
  try {
    tidy(run);
  } finally {
    tensors.endScope = endScope;
  }
  return peak;
}

const nets: Partial<NtmOptions>[] = [
  {},
  { memorySize: 96, memoryDim: 48 },
  { readHeads: 3 },
  { writeHeads: 3, memorySize: 64 },
  { layers: 2, controllerSize: 64 },
  { controller: 'feedforward', order: 'read-first' },
];

onEachBackend('the estimate of what the reference holds', (backend) => {
  const x = (batch: number, time: number) => randomUniform<Rank.R3>([batch, time, 4]);
  const differentiate = (net: NTM | LSTMBaseline, batch: number, time: number) => () => {
    net.differentiate(x(batch, time), (logits): Scalar => sum(square(logits)));
  };

  test.each(nets)('%o: within 15 % under a tape', (options) => {
    const sizes = { memorySize: 32, memoryDim: 16, controllerSize: 24 };
    const net = NTM.build({ inputSize: 4, ...sizes, ...options, engine: 'reference' });
    const at = (time: number) => peakOf(differentiate(net, 3, time));
    const estimate = (time: number) => 4 * workFloats(net.config, { batch: 3, time, by: 'tape' });
    const ratio = (estimate(6) - estimate(2)) / (at(6) - at(2));
    expect(ratio).toBeGreaterThan(0.85);
    expect(ratio).toBeLessThan(1.15);
    net.dispose();
  });

  test.each([
    { layers: 1, size: 40 },
    { layers: 3, size: 24 },
  ])('%o, LSTMBaseline: within 15 % under a tape', (sizes) => {
    const net = LSTMBaseline.build({ inputSize: 4, ...sizes, engine: 'reference' });
    const at = (time: number) => peakOf(differentiate(net, 3, time));
    const estimate = (time: number) => 4 * baselineWorkFloats(net.config, { batch: 3, time, by: 'tape' });
    const ratio = (estimate(6) - estimate(2)) / (at(6) - at(2));
    expect(ratio).toBeGreaterThan(0.85);
    expect(ratio).toBeLessThan(1.15);
    net.dispose();
  });

  test('forward, the reference holds no more for a sequence that is four times as long, but for input and output', () => {
    const net = NTM.build({ inputSize: 1, memorySize: 4096, memoryDim: 32, engine: 'reference', seed: 1 });
    const at = (time: number) =>
      peakOf(() => {
        net.sequence(randomUniform<Rank.R3>([1, time, 1]));
      });
    const [short, long] = [at(40), at(160)];
    expect(long).toBeLessThan(1.05 * short);
    net.dispose();
  });

  test('work that the backend has no memory for is refused before anything is made', () => {
    if (backend !== 'wasm') return;
    const net = NTM.build({
      inputSize: 1,
      memorySize: 1024,
      memoryDim: 64,
      controllerSize: 8,
      engine: 'reference',
    });
    const given = x(1, 1);
    const before = memory();
    const wide = Array.from({ length: 64 }, () => Array.from({ length: 225 }, () => [0]));
    expect(() => net.differentiate(wide, (logits): Scalar => sum(logits))).toThrow(
      /^differentiate \(batch 64, time 225, memorySize 1024, .*needs \d+ MB, and the backend 'wasm' has at most .*shorter sequences$/,
    );
    expect(memory()).toMatchObject({ numTensors: before.numTensors, numBytes: before.numBytes });
    given.dispose();
    net.dispose();
  });

  test('a kernel whose workspace the tape copies counts twice on wasm, so that fused is refused and not a trap', async () => {
    if (backend !== 'wasm') return;
    await registerFused();
    const net = NTM.build({
      inputSize: 1,
      memorySize: 1024,
      memoryDim: 64,
      controllerSize: 8,
      engine: 'fused',
    });
    const wide = Array.from({ length: 64 }, () => Array.from({ length: 70 }, () => [0]));
    const before = memory();
    expect(() => variableGrads(() => sum<Scalar>(net.sequence(wide).logits))).toThrow(
      /^sequence: batch 64, time 70: the tape of tfjs copies the workspace, .* or use differentiate$/,
    );
    expect(memory()).toMatchObject({ numTensors: before.numTensors, numBytes: before.numBytes });
    expect(() => net.differentiate(Array(4).fill(wide).flat(), (logits): Scalar => sum(logits))).toThrow(
      /^sequence: batch 256, time 70: needs \d+ MB, and the backend 'wasm' has at most /,
    );
    net.dispose();
  });
});
