import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isTapeheadError } from '@tapehead/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeCheckpoint, encodeCheckpoint } from './checkpoint.js';
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from './safetensors.js';
import type { TrainingState } from './state.js';

// The same cases on every machine.
fc.configureGlobal({ seed: 13 });

const kernel: StoredTensor = { shape: [2, 1], values: Float32Array.of(0.1, -3) };

const state: TrainingState = {
  model: { kind: 'mine', memorySize: 128 },
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
  cost: { name: 'sigmoid-cross-entropy', unit: 'bits' },
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
  const noted: TrainingState = { ...state, notes: { from: 'a program', at: [1, 2] } };
  expect(decodeCheckpoint(encodeCheckpoint(noted))).toEqual(noted);
});

test('the names in the file are plain', () => {
  const { metadata, tensors } = decodeSafetensors(encodeCheckpoint(state));
  expect([...tensors.keys()].sort()).toEqual([
    'optimizer.controller.kernel/n',
    'optimizer.iter',
    'parameters.controller.kernel',
    'training.costs',
  ]);
  expect(JSON.parse(metadata.model ?? '')).toEqual(state.model);
});

const training = (change: object) => {
  const { batchSize, clip, objective, step, sequences, random } = state;
  return { training: JSON.stringify({ batchSize, clip, objective, step, sequences, random, ...change }) };
};
const optimizer = (change: object) => ({
  optimizer: JSON.stringify({
    className: 'GravesRMSProp',
    config: {},
    weights: ['iter', 'controller.kernel/n'],
    ...change,
  }),
});

test.each([
  [changed({ format: 'pt' }), "it is a safetensors file, but not of a training run: format is 'pt'"],
  [changed({ format: undefined }), 'not of a training run: format is undefined'],
  [changed({ version: '3' }), "it has version '3', this package reads '1' and '2'"],
  [changed({ task: undefined }), "its metadata lack 'task'"],
  [changed({ notes: '[1]' }), "its metadata 'notes' is no JSON object"],
  [changed({ task: '{"name":1,"settings":{}}' }), 'task.name: expected a name, got 1'],
  [
    changed({ task: '{"name":"copy","settings":[]}' }),
    'task.settings: expected an object of settings, got []',
  ],
  [
    changed({ task: '{"name":"copy","settings":{"width":1e999}}' }),
    "'task.settings.width' is nothing that JSON",
  ],
  [changed({ task: '{"name":"copy","settings":{},"more":1}' }), "its metadata 'task' have 'more'"],
  [changed({ task: '{"name":"copy","name":"sort","settings":{}}' }), "'task' has a name twice in one object"],
  [changed({ task: '{"a":'.repeat(99) + 1 + '}'.repeat(99) }), 'is nested deeper than 64 levels'],
  [changed({ training: '{' }), "its metadata 'training' is no JSON object"],
  [changed({ training: '{"batchSize":1,"stepp":2}' }), "its metadata 'training' have 'stepp'"],
  [changed(training({ batchSize: 0 })), 'batchSize: expected an integer from 1 to 65536, got 0'],
  [changed(training({ batchSize: 1e9 })), 'batchSize: expected an integer from 1 to 65536, got 1000000000'],
  [changed(training({ clip: { norm: -1 } })), "clip: expected 'none', or one of norm and value"],
  [changed(training({ clip: { norm: 1, value: 1 } })), 'got an object of ["norm","value"]'],
  [changed(training({ objective: 'max' })), "objective: expected 'mean' or 'sum', got 'max'"],
  [changed(training({ step: 2 ** 53 - 1 })), 'step: expected an integer from 0 to 2^52'],
  [changed(training({ sequences: 2 })), 'sequences: 3 steps cannot have had 2 sequences'],
  [changed(training({ step: 0 })), 'sequences: 0 steps cannot have had 3 sequences'],
  [changed(training({ random: [0, 0, 0, 0] })), 'random: expected four 32-bit integers, not all zero'],
  [changed(training({ random: [1, 2, 3, 2 ** 32] })), 'random: expected four 32-bit integers'],
  [changed(training({ random: [1, 2, 3, '4'] })), 'random: expected four 32-bit integers'],
  [changed(optimizer({ className: 1 })), 'optimizer.className: expected a name, got 1'],
  [changed(optimizer({ weights: 1 })), 'optimizer.weights: expected a list, got 1'],
  [changed(optimizer({ weights: ['iter', 1] })), 'optimizer.weights: expected names, got 1'],
  [changed(optimizer({ weights: ['iter', 'iter', 'controller.kernel/n'] })), "optimizer state 'iter' twice"],
  [
    changed(optimizer({ weights: ['iter'] })),
    "its tensor 'optimizer.controller.kernel/n' is not in the list",
  ],
  [changed({}, 'training.costs'), "it lacks tensor 'training.costs'"],
  [changed({}, 'optimizer.iter'), "it lacks tensor 'optimizer.iter'"],
])('a file that is none is refused: %#', (file, message) => {
  expect(() => decodeCheckpoint(file)).toThrow(message);
});

describe('the encoder refuses what the decoder would, by name', () => {
  const numbers = (values: StoredTensor['values']): StoredTensor => ({ shape: [values.length], values });
  const cases: [message: string, change: object][] = [
    ['clip: expected', { clip: { norm: 10, value: 1 } }],
    ['clip: expected', { clip: { norm: Number.POSITIVE_INFINITY } }],
    ['batchSize: expected', { batchSize: 0.5 }],
    ['random: expected', { random: [1, 2, 3] }],
    ["'model.f' is nothing that JSON holds", { model: { f: () => 1 } }],
    ["'model.at' is nothing that JSON holds: Date", { model: { at: new Date(0) } }],
    ["'model.list[1]' is nothing that JSON holds", { model: { list: [1, undefined] } }],
    [
      "'task.settings.width' is nothing that JSON",
      { task: { name: 'copy', settings: { width: Number.NaN } } },
    ],
    ['costs: expected the costs of 1000', { costs: new Float64Array(3) }],
    ['costs: expected finite numbers, got Infinity at 0', { costs: new Float64Array(1000).fill(1 / 0) }],
    [
      "parameter 'a' of shape [3] needs 3 values",
      { parameters: { a: { shape: [3], values: new Float32Array(2) } } },
    ],
    [
      "parameter 'a': expected finite numbers, got NaN at 1",
      { parameters: { a: numbers(Float32Array.of(0, NaN)) } },
    ],
    ["parameter 'a': expected values in a", { parameters: { a: { shape: [1], values: [1] } } }],
    ["parameter 'a' has shape [1.5]", { parameters: { a: { shape: [1.5], values: new Float32Array(1) } } }],
    ['parameters: expected an object', { parameters: undefined }],
    ['optimizer: expected an object', { optimizer: undefined }],
  ];
  test.each(cases)('%s', (message, change) => {
    const broken = Object.assign({ ...state }, change);
    expect(() => encodeCheckpoint(broken)).toThrow(`checkpoint: ${message}`);
  });

  test('a model that holds itself', () => {
    const model: Record<string, unknown> = {};
    model.self = model;
    expect(() => encodeCheckpoint({ ...state, model })).toThrow('is nested deeper than 64 levels');
  });
});

const finite = { noNaN: true, noDefaultInfinity: true };
const anyValues: fc.Arbitrary<StoredTensor['values']> = fc.oneof(
  fc.float32Array({ ...finite, maxLength: 6 }),
  fc.float64Array({ ...finite, maxLength: 6 }),
  fc.int32Array({ maxLength: 6 }),
);
const anyStored = anyValues.map((values): StoredTensor => ({ shape: [1, values.length, 1], values }));
// Negative zeros are zeros in JSON.
const anySettings = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }).map(withoutNegativeZero));
const anyState: fc.Arbitrary<TrainingState> = fc.record({
  model: fc.option(anySettings, { nil: undefined }),
  task: fc.record({ name: fc.string(), settings: anySettings }),
  parameters: fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor')), anyStored),
  optimizer: fc.record({
    className: fc.string(),
    config: anySettings,
    weights: fc.uniqueArray(
      fc.tuple(fc.string(), anyStored).map(([name, stored]) => ({ name, ...stored })),
      { selector: ({ name }) => name, maxLength: 4 },
    ),
  }),
  batchSize: fc.integer({ min: -1, max: 70_000 }),
  clip: fc.oneof(
    fc.constant('none' as const),
    fc.record({ norm: fc.double() }),
    fc.record({ value: fc.double({ min: 1e-9 }) }),
  ),
  objective: fc.constantFrom('mean', 'sum'),
  cost: fc.record({ name: fc.string(), unit: fc.string() }),
  step: fc.nat(20),
  sequences: fc.oneof(fc.nat(30), fc.maxSafeNat()),
  random: fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 }), { minLength: 3, maxLength: 4 }),
  costs: fc.float64Array({ ...finite, minLength: 1000, maxLength: 1000 }),
});

function withoutNegativeZero(value: fc.JsonValue): unknown {
  return JSON.parse(JSON.stringify(value));
}

test('any state is refused by the encoder, or is what it was', () => {
  let written = 0;
  fc.assert(
    fc.property(anyState, (any) => {
      let bytes: Uint8Array | undefined;
      try {
        bytes = encodeCheckpoint(any);
        written += 1;
      } catch (error) {
        expect(isTapeheadError(error) && error.code).toBe('checkpoint');
      }
      if (bytes !== undefined) expect(decodeCheckpoint(bytes)).toEqual(any);
    }),
    { numRuns: 200 },
  );
  expect(written).toBeGreaterThan(20);
});

test('what it is given as does not matter: an ArrayBuffer, a view of any kind, a Buffer', () => {
  const bytes = encodeCheckpoint(state);
  const padded = new Uint8Array(bytes.length + 5);
  padded.set(bytes, 3);
  const shared = new SharedArrayBuffer(bytes.length);
  new Uint8Array(shared).set(bytes);
  const forms = [
    bytes.buffer,
    Buffer.from(bytes),
    new DataView(padded.buffer, 3, bytes.length),
    new Uint32Array(bytes.buffer),
    shared,
  ];
  for (const form of forms) expect(decodeCheckpoint(form)).toEqual(state);
});

test.each([undefined, null, 'text', 5, [1, 2], {}])('what is no bytes is refused: %j', (given) => {
  const decode: (file: never) => TrainingState = decodeCheckpoint;
  expect(() => Reflect.apply(decode, undefined, [given])).toThrow('expected its bytes as an ArrayBuffer');
});

describe('a checksum', () => {
  test('a flipped bit anywhere is refused, or changes nothing', () => {
    const bytes = encodeCheckpoint(state);
    const header = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));
    const every = Array.from({ length: header }, (_, i) => i);
    for (const at of [...every, header, header + 7999, header + 8003, bytes.length - 1]) {
      for (let bit = 0; bit < 8; bit++) {
        const flipped = bytes.slice();
        flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
        const error = thrownBy(() => expect(decodeCheckpoint(flipped)).toEqual(state));
        if (error !== undefined)
          expect(isTapeheadError(error) && error.code, String(error)).toBe('checkpoint');
      }
    }
  });

  test('a file of version 2 has one, and one of version 1 need not', () => {
    const [file, checksum] = [encodeCheckpoint(state), /"tapehead.checksum":"sha256:[0-9a-f]+"/];
    const without = (version: string) =>
      editedText(file, (text) =>
        text.replace(checksum, '"note":""').replace('"version":"2"', `"version":"${version}"`),
      );
    expect(() => decodeCheckpoint(without('2'))).toThrow('it lacks its checksum');
    expect(decodeCheckpoint(without('1'))).toEqual(state);
    const claimed = editedText(file, (text) => text.replace('"version":"2"', '"version":"1"'));
    expect(() => decodeCheckpoint(claimed)).toThrow('its checksum does not fit what it holds');
  });
});

function thrownBy(work: () => void): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
}

/** The file with its header's text changed, and nothing else. */
function editedText(file: Uint8Array, edit: (text: string) => string): Uint8Array {
  const header = 8 + Number(new DataView(file.buffer).getBigUint64(0, true));
  const text = new TextEncoder().encode(edit(new TextDecoder().decode(file.subarray(8, header))));
  const edited = new Uint8Array(8 + text.length + file.length - header);
  new DataView(edited.buffer).setBigUint64(0, BigInt(text.length), true);
  edited.set(text, 8);
  edited.set(file.subarray(header), 8 + text.length);
  return edited;
}

const older = join(import.meta.dirname, '../../../apps/playground/checkpoints');
const files = readdirSync(older).filter((name) => name.endsWith('.safetensors'));

test.each(files)('a file of version 1 is read: %s', (name) => {
  const bytes = readFileSync(join(older, name));
  const read = decodeCheckpoint(bytes);
  expect(read.step).toBeGreaterThan(300);
  expect(decodeCheckpoint(encodeCheckpoint(read))).toEqual(read);
});

test('an error is short and has no control characters, whatever the file says', () => {
  const name = `\u0000\u001b[31m${'x'.repeat(5000)}`;
  const stored = { shape: [1], values: Float32Array.of(Number.NaN) };
  const error = thrownBy(() => encodeCheckpoint({ ...state, parameters: { [name]: stored } }));
  expect(String(error)).toMatch(/^[\x20-\x7e…]{20,200}$/);
  const long = thrownBy(() => decodeCheckpoint(changed({ format: name, version: name })));
  expect(String(long)).toMatch(/^[\x20-\x7e…]{20,250}$/);
});
