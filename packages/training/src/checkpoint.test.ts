import { expect, test } from 'vitest';
import { decodeCheckpoint, encodeCheckpoint } from './checkpoint.js';
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from './safetensors.js';
import type { TrainingState } from './state.js';

const kernel: StoredTensor = { shape: [2, 1], values: Float32Array.of(0.1, -3) };

const state: TrainingState = {
  model: { memorySize: 128 },
  task: { name: 'copy', settings: { width: 8 } },
  parameters: { 'controller.kernel': kernel },
  optimizer: {
    className: 'GravesRMSProp',
    config: { learningRate: 1e-4 },
    weights: [
      { name: 'iter', shape: [], values: Int32Array.of(3) },
      { name: 'controller.kernel/n', ...kernel },
    ],
  },
  batchSize: 1,
  clip: { norm: 10 },
  objective: 'mean',
  step: 3,
  sequences: 3,
  random: [1, -2, 3, 4],
  costs: new Float64Array(1000).fill(1 / 3),
};

/** The example's file with other metadata or without a tensor. */
function changed(metadata: Record<string, string | undefined>, without = ''): Uint8Array {
  const file = decodeSafetensors(encodeCheckpoint(state));
  const entries = Object.entries({ ...file.metadata, ...metadata });
  const kept = entries.filter((entry): entry is [string, string] => entry[1] !== undefined);
  const tensors = new Map([...file.tensors].filter(([name]) => name !== without));
  return encodeSafetensors({ metadata: Object.fromEntries(kept), tensors });
}

test('a state is what it was', () => {
  expect(decodeCheckpoint(encodeCheckpoint(state))).toEqual(state);
  const other: TrainingState = { ...state, model: undefined, clip: 'none', objective: 'sum' };
  expect(decodeCheckpoint(encodeCheckpoint(other))).toEqual(other);
});

test('the names in the file are plain', () => {
  const { metadata, tensors } = decodeSafetensors(encodeCheckpoint(state));
  expect([...tensors.keys()].sort()).toEqual([
    'optimizer.controller.kernel/n',
    'optimizer.iter',
    'parameters.controller.kernel',
    'training.costs',
  ]);
  expect(JSON.parse(metadata.model ?? '')).toEqual({ memorySize: 128 });
});

test.each([
  [changed({ format: 'pt' }), 'it is a safetensors file, but not of a training run: format is "pt"'],
  [changed({ format: undefined }), 'not of a training run: format is undefined'],
  [changed({ version: '2' }), 'it has version "2", this package reads "1"'],
  [changed({ task: undefined }), "its metadata lack 'task'"],
  [changed({ training: '{' }), "its metadata 'training' are no JSON object"],
  [changed({ training: '{"batchSize":0}' }), "its metadata 'training.batchSize' are 0"],
  [
    changed({ training: '{"batchSize":1,"clip":{"norm":-1}}' }),
    'its metadata \'training.clip\' are {"norm":-1}',
  ],
  [changed({ optimizer: '{"className":1}' }), "its metadata 'optimizer.className' are 1"],
  [changed({}, 'training.costs'), "it lacks tensor 'training.costs' of dtype F64"],
  [changed({}, 'optimizer.iter'), "it lacks tensor 'optimizer.iter'"],
])('a file that is none is refused: %#', (file, message) => {
  expect(() => decodeCheckpoint(file)).toThrow(message);
});
