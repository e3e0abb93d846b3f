import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NTM, type NtmOptions } from '@tapehead/ntm';
import { expectClose, onEachBackend } from '@tapehead/testing';
import { encodeSafetensors, type StoredTensor } from '@tapehead/training';
import { type Rank, randomNormal, tensor } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { Answers } from './answers.js';
import { runPython, withPython } from './python.js';

const sizes = { inputSize: 3, outputSize: 2, memorySize: 7, memoryDim: 4, controllerSize: 5, seed: 1 };

/** One net for each option of `NTM.build`. */
const options: Readonly<Record<string, NtmOptions>> = {
  'two layers, two heads': { ...sizes, layers: 2, numHeads: 2 },
  'feed-forward': { ...sizes, controller: 'feedforward', layers: 2 },
  'a relu controller': { ...sizes, controller: 'feedforward', layers: 2, controllerActivation: 'relu' },
  'heads on the cell': { ...sizes, layers: 2, headInput: 'cell' },
  'read first': { ...sizes, order: 'read-first', readHeads: 3, writeHeads: 2 },
  'in turn': { ...sizes, order: 'in-turn', numHeads: 2 },
  'in turn, more read heads': { ...sizes, order: 'in-turn', readHeads: 3, writeHeads: 1 },
  'in turn, more write heads': { ...sizes, order: 'in-turn', readHeads: 1, writeHeads: 3 },
  'five taps': { ...sizes, shifts: 5 },
  'linear keys': { ...sizes, keyActivation: 'linear' },
  'linear adds': { ...sizes, addActivation: 'linear' },
  'weightings of zeros': { ...sizes, initialWeighting: 'zero' },
  'an epsilon': { ...sizes, initialWeighting: 'zero', sharpenEpsilon: 0.1 },
  'a bound for the controller': { ...sizes, layers: 2, clipController: 0.1 },
  'bounds for heads and logits': { ...sizes, clipHeads: 0.5, clipLogits: 0.2 },
  'tanh outputs': { ...sizes, outputActivation: 'tanh' },
  'softmax outputs': { ...sizes, outputActivation: 'softmax' },
  'linear outputs': { ...sizes, outputActivation: 'linear' },
};

/** Runs every net in the folder on the input beside it. */
const program = `
import sys
from pathlib import Path
from tapehead import NTM, read_safetensors, write_safetensors
folder = Path(sys.argv[1])
x = read_safetensors(folder / "x.safetensors")[1]["x"]
answers = {path.stem: NTM.load(path).sequence(x)[0] for path in folder.glob("*.net")}
write_safetensors(folder / "answers.safetensors", answers, {})
`;

onEachBackend('PyTorch gives the numbers of each option', (backend) => {
  test('to 1e-5', async ({ skip }) => {
    withPython(`PyTorch gives the numbers of each option, on ${backend}`, skip);
    const folder = mkdtempSync(join(tmpdir(), 'tapehead-options-'));
    const x = randomNormal<Rank.R3>([2, 6, 3], 0, 1, 'float32', 1);
    const nets = Object.entries(options).map(([name, each]) => ({ name, net: NTM.build(each) }));
    const write = (file: string, model: object, tensors: ReadonlyMap<string, StoredTensor>) =>
      writeFileSync(
        join(folder, file),
        encodeSafetensors({ metadata: { model: JSON.stringify(model) }, tensors }),
      );
    try {
      write(
        'x.safetensors',
        {},
        new Map([['x', { shape: x.shape, values: Float32Array.from(await x.data()) }]]),
      );
      for (const { name, net } of nets) write(`${name}.net`, net.config, stored(net));
      runPython('-c', program, folder);
      const answers = Answers.in(folder, 'answers.safetensors');
      expect(answers.names('').sort()).toEqual(Object.keys(options).sort());
      for (const { name, net } of nets) {
        const { output } = net.sequence(x);
        expectClose(output, answers.get(name).values, 1e-5, name);
        output.dispose();
        net.dispose();
      }
    } finally {
      x.dispose();
      rmSync(folder, { recursive: true });
    }
  });
});

/** Larger than fresh ones, so that an option that is left out shows. */
function stored(net: NTM): Map<string, StoredTensor> {
  const entries = Object.entries(net.parameters).map(([name, variable], i): [string, StoredTensor] => {
    const values = Float32Array.from({ length: variable.size }, (_, j) => 1.5 * Math.sin(1 + i + 2.3 * j));
    const assigned = tensor(values, variable.shape);
    variable.assign(assigned);
    assigned.dispose();
    return [name, { shape: variable.shape, values }];
  });
  return new Map(entries);
}
