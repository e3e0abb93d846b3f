import { spawnSync } from 'node:child_process';
import { isTapeheadError } from '@tapehead/core';
import { describe, expect, test } from 'vitest';
import { decodeSafetensors, encodeSafetensors, type Safetensors } from './safetensors.js';

const example: Safetensors = {
  metadata: { format: 'test', note: 'Größe "β" \n' },
  tensors: new Map([
    ['a.kernel', { shape: [2, 3], values: Float32Array.of(1, -2.5, 3, 0, Number.NaN, -0) }],
    ['count', { shape: [], values: Int32Array.of(-7) }],
    ['costs', { shape: [3], values: Float64Array.of(1 / 3, 1e300, -0) }],
    ['empty', { shape: [0, 4], values: new Float32Array(0) }],
  ]),
};

/** A file of this header and so many bytes of data. */
function fileOf(header: unknown, dataBytes: number): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const file = new Uint8Array(8 + json.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  return file;
}

const f32 = (shape: unknown, begin: unknown, end: unknown) => ({
  dtype: 'F32',
  shape,
  data_offsets: [begin, end],
});

test('what is written is read, bit for bit', () => {
  const { metadata, tensors } = decodeSafetensors(encodeSafetensors(example));
  expect(metadata).toEqual(example.metadata);
  expect(new Map(tensors)).toEqual(example.tensors);
});

test('it can be read from the middle of a buffer, at any alignment', () => {
  const file = encodeSafetensors(example);
  for (const offset of [1, 3, 8]) {
    const larger = new Uint8Array(file.length + 20);
    larger.set(file, offset);
    const read = decodeSafetensors(larger.subarray(offset, offset + file.length));
    expect(new Map(read.tensors)).toEqual(example.tensors);
  }
});

test('it can be read from a Buffer, whose slices share memory', () => {
  const read = decodeSafetensors(Buffer.from(encodeSafetensors(example)));
  expect(new Map(read.tensors)).toEqual(example.tensors);
});

test('the layout is that of the format: length, padded JSON, data aligned to their own size, no gaps', () => {
  const file = encodeSafetensors(example);
  const length = Number(new DataView(file.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
  expect(length % 8).toBe(0);
  expect(header.__metadata__).toEqual(example.metadata);
  expect(header.costs).toEqual({ dtype: 'F64', shape: [3], data_offsets: [0, 24] });
  expect(header['a.kernel']).toEqual({ dtype: 'F32', shape: [2, 3], data_offsets: [24, 48] });
  expect(header.count).toEqual({ dtype: 'I32', shape: [], data_offsets: [48, 52] });
  expect(file.length).toBe(8 + length + 52);
});

test('cut anywhere, it is refused as a checkpoint', () => {
  const file = encodeSafetensors(example);
  for (let length = 0; length < file.length; length++) {
    let caught: unknown;
    try {
      decodeSafetensors(file.subarray(0, length));
    } catch (error) {
      caught = error;
    }
    expect(isTapeheadError(caught) && caught.code, `${length} bytes`).toBe('checkpoint');
  }
});

describe('what is wrong is said', () => {
  const random = Uint8Array.from({ length: 300 }, (_, i) => (i * 97 + 131) % 256);
  const cases: Record<string, [Uint8Array, string]> = {
    nothing: [new Uint8Array(0), 'it has 0 bytes, fewer than the 8 of a header length'],
    'a foreign file': [random, 'it is no safetensors file: its header would have'],
    'an absurd header': [
      Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 128),
      'its header would have 9223372036854775808 bytes',
    ],
    'a cut header': [fileOf('{}', 0).subarray(0, 9), 'it ends inside its header, after 1 of 2 bytes'],
    'no JSON': [fileOf('{"a"', 0), 'its header is no JSON object'],
    'a list': [fileOf('[]', 0), 'its header is no JSON object'],
    'cut data': [
      fileOf({ a: f32([2], 0, 8) }, 5),
      "it is truncated: tensor 'a' ends at byte 8 of the data, which have 5",
    ],
    overlap: [fileOf({ a: f32([2], 0, 8), b: f32([2], 4, 12) }, 12), "tensor 'b' overlaps the one before it"],
    'a gap': [fileOf({ a: f32([1], 0, 4), b: f32([1], 8, 12) }, 12), "gap before tensor 'b', bytes 4 to 8"],
    'a tail': [fileOf({ a: f32([1], 0, 4) }, 7), '3 bytes follow its last tensor'],
    'offsets past the end': [fileOf({ a: f32([1], 1e15, 1e15 + 4) }, 4), 'gap before'],
    'negative offsets': [fileOf({ a: f32([1], -4, 0) }, 0), "tensor 'a' has offsets [-4,0]"],
    'reversed offsets': [fileOf({ a: f32([1], 4, 0) }, 4), "tensor 'a' has offsets [4, 0]"],
    'one offset': [
      fileOf({ a: { dtype: 'F32', shape: [0], data_offsets: [0] } }, 0),
      "tensor 'a' has offsets [0]",
    ],
    'a wrong size': [
      fileOf({ a: f32([3], 0, 8) }, 8),
      "tensor 'a' of shape [3] needs 12 bytes, its offsets hold 8",
    ],
    'a wrong dtype': [
      fileOf({ a: { dtype: 'BF16', shape: [2], data_offsets: [0, 4] } }, 4),
      'tensor \'a\' has dtype "BF16"; F32, F64 and I32 are read',
    ],
    'a wrong shape': [fileOf({ a: f32([-1], 0, 4) }, 4), "tensor 'a' has shape [-1]"],
    'no description': [fileOf({ a: 1 }, 0), "tensor 'a' has no description"],
    'odd metadata': [fileOf({ __metadata__: { a: 1 } }, 0), "its __metadata__ 'a' is no string"],
  };
  test.each(Object.entries(cases))('%s', (_, [file, message]) => {
    expect(() => decodeSafetensors(file)).toThrow(message);
  });
});

/** The format read by hand, as its specification says, with nothing but numpy. */
const reader = `
import json, struct, sys
import numpy as np
data = sys.stdin.buffer.read()
length, = struct.unpack('<Q', data[:8])
header = json.loads(data[8:8 + length])
dtypes = {'F64': '<f8', 'F32': '<f4', 'I32': '<i4'}
out = {'metadata': header.pop('__metadata__')}
for name, entry in header.items():
    begin, end = entry['data_offsets']
    array = np.frombuffer(data[8 + length + begin:8 + length + end], dtypes[entry['dtype']]).reshape(entry['shape'])
    out[name] = [list(array.shape), float(np.nansum(array))]
print(json.dumps(out))
`;

const python = ['python3', '/usr/bin/python3'].find(
  (command) => spawnSync(command, ['-c', 'import numpy'], { stdio: 'ignore' }).status === 0,
);

test.skipIf(python === undefined)(`Python reads it (skipped where there is no python3 with numpy)`, () => {
  const { stdout, stderr } = spawnSync(python ?? '', ['-c', reader], { input: encodeSafetensors(example) });
  expect(String(stderr)).toBe('');
  expect(JSON.parse(String(stdout))).toEqual({
    metadata: example.metadata,
    'a.kernel': [[2, 3], 1.5],
    count: [[], -7],
    costs: [[3], 1e300],
    empty: [[0, 4], 0],
  });
});
