import { spawnSync } from 'node:child_process';
import { isTapeheadError } from '@tapehead/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeSafetensors, encodeSafetensors, type Safetensors, type StoredTensor } from './safetensors.js';

// The same cases on every machine.
fc.configureGlobal({ seed: 13 });

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

const checksum = expect.stringMatching(/^sha256:[0-9a-f]{64}$/);

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
  expect(header.__metadata__).toEqual({ ...example.metadata, 'tapehead.checksum': checksum });
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
    'reversed offsets': [fileOf({ a: f32([1], 4, 0) }, 4), "tensor 'a' has offsets [4,0]"],
    'one offset': [
      fileOf({ a: { dtype: 'F32', shape: [0], data_offsets: [0] } }, 0),
      "tensor 'a' has offsets [0]",
    ],
    'a wrong size': [
      fileOf({ a: f32([3], 0, 8) }, 8),
      "tensor 'a' of shape [3] needs 12 bytes, its offsets hold 8",
    ],
    'no dtype': [fileOf({ a: { dtype: 7, shape: [2], data_offsets: [0, 4] } }, 4), "tensor 'a' has dtype 7"],
    'a size of a kind that is not read': [
      fileOf({ a: { dtype: 'I64', shape: [2], data_offsets: [0, 8] } }, 8),
      "tensor 'a' of shape [2] needs 16 bytes, its offsets hold 8",
    ],
    'half a byte': [
      fileOf({ a: { dtype: 'F4', shape: [3], data_offsets: [0, 1] } }, 1),
      "tensor 'a' of F4 [3] fills no whole bytes",
    ],
    // 2^32 · 2^32 wraps to 0 in 64 bits.
    'a product that wraps': [
      fileOf({ a: f32([2 ** 32, 2 ** 32], 0, 0) }, 0),
      "tensor 'a' of shape [4294967296, 4294967296] needs 73786976294838206464 bytes",
    ],
    'too many dimensions': [
      fileOf({ a: f32(Array(65).fill(1), 0, 4) }, 4),
      "tensor 'a' has shape an array of 65",
    ],
    'a name twice': [
      fileOf(`{"a":${JSON.stringify(f32([1], 0, 4))},"a":${JSON.stringify(f32([1], 0, 4))}}`, 4),
      'its header has a name twice in one object',
    ],
    'a name twice, written in two ways': [
      fileOf(`{"a":${JSON.stringify(f32([1], 0, 4))},"\\u0061":${JSON.stringify(f32([1], 0, 4))}}`, 4),
      'its header has a name twice in one object',
    ],
    'a mark of byte order': [fileOf('\ufeff{}', 0), 'its header is no JSON object'],
    'no UTF-8': [Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0xff), 'its header is no UTF-8 text'],
    'a deep header': [
      fileOf(`{"a":${'['.repeat(9999)}${']'.repeat(9999)}}`, 0),
      'nested deeper than 64 levels',
    ],
    'a wrong shape': [fileOf({ a: f32([-1], 0, 4) }, 4), "tensor 'a' has shape [-1]"],
    'no description': [fileOf({ a: 1 }, 0), "tensor 'a' has no description"],
    'odd metadata': [fileOf({ __metadata__: { a: 1 } }, 0), "its __metadata__ 'a' is no string"],
  };
  test.each(Object.entries(cases))('%s', (_, [file, message]) => {
    expect(() => decodeSafetensors(file)).toThrow(message);
  });
});

describe('what could not be read again is not written', () => {
  const one: StoredTensor = { shape: [1], values: Float32Array.of(1) };
  const cases: [message: string, content: unknown][] = [
    [
      "tensor 'a' of shape [3] needs 3 values, it has 2",
      withTensor('a', { shape: [3], values: new Float32Array(2) }),
    ],
    ["tensor 'a' has shape [-1]", withTensor('a', { shape: [-1], values: new Float32Array(1) })],
    ["tensor 'a': expected values in a Float32Array", withTensor('a', { shape: [1], values: [1] })],
    ["tensor 'a': expected a shape and values, got 5", withTensor('a', 5)],
    ["a tensor cannot have the name '__metadata__'", withTensor('__metadata__', one)],
    ["its __metadata__ 'k' is no string", { metadata: { k: 5 }, tensors: new Map() }],
    [
      "cannot have the name 'tapehead.checksum'",
      { metadata: { 'tapehead.checksum': '' }, tensors: new Map() },
    ],
    ['its __metadata__ is no JSON object', { tensors: new Map() }],
    ['tensors: expected a Map, got an object', { metadata: {}, tensors: {} }],
    ['expected metadata and tensors, got undefined', undefined],
  ];
  test.each(cases)('%s', (message, content) => {
    const error = thrownBy(() => Reflect.apply(encodeSafetensors, undefined, [content]));
    expect(isTapeheadError(error) && error.message).toContain(message);
  });
});

function withTensor(name: string, stored: unknown): unknown {
  return { metadata: {}, tensors: new Map([[name, stored]]) };
}

function thrownBy(work: () => void): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
}

test('any names and any shapes are what they were', () => {
  const anyName = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('__proto__', 'constructor', '"', '\\'),
  );
  const anyTensor = fc.array(fc.nat(3), { maxLength: 4 }).map((shape): StoredTensor => {
    const size = shape.reduce((product, each) => product * each, 1);
    return { shape, values: Float32Array.from({ length: size }, (_, i) => i) };
  });
  fc.assert(
    fc.property(
      fc.dictionary(anyName, fc.string({ unit: 'binary' })),
      fc.uniqueArray(fc.tuple(anyName, anyTensor), { selector: ([name]) => name }),
      (metadata, entries) => {
        const tensors = new Map(entries);
        const read = decodeSafetensors(encodeSafetensors({ metadata, tensors }));
        expect(read.metadata).toEqual(metadata);
        expect(new Map(read.tensors)).toEqual(tensors);
      },
    ),
  );
});

test('a kind that is not read is an error only when it is wanted', () => {
  const file = fileOf({ a: f32([1], 8, 12), b: { dtype: 'I64', shape: [1], data_offsets: [0, 8] } }, 12);
  const { tensors } = decodeSafetensors(file);
  expect(tensors.get('a')).toEqual({ shape: [1], values: new Float32Array(1) });
  expect(tensors.get('b')?.shape).toEqual([1]);
  expect(() => tensors.get('b')?.values).toThrow(
    "tensor 'b' has dtype 'I64'; F64, F32, F16, BF16 and I32 are read",
  );
  const unknown = fileOf({ a: { dtype: 'X7', shape: [3], data_offsets: [0, 5] } }, 5);
  expect(() => decodeSafetensors(unknown).tensors.get('a')?.values).toThrow("has dtype 'X7'");
});

describe('half precision: all 65,536 numbers', () => {
  const all = Uint16Array.from({ length: 65_536 }, (_, i) => i);
  const read = (dtype: string) => {
    const file = fileOf({ a: { dtype, shape: [65_536], data_offsets: [0, 131_072] } }, 131_072);
    file.set(new Uint8Array(all.buffer), file.length - 131_072);
    return decodeSafetensors(file).tensors.get('a')?.values ?? expect.fail('no tensor');
  };

  test('BF16 is the upper half of a float32', () => {
    const bits = new Uint32Array(Float32Array.from(read('BF16')).buffer);
    // A NaN may change its bits on the way.
    const isNumber = (each: number) => (each & 0x7fff) <= 0x7f80;
    expect([...all.filter((each, i) => isNumber(each) && bits[i] !== (each << 16) >>> 0)]).toEqual([]);
  });

  test('F16 is what Python says (skipped where there is no python3)', ({ skip }) => {
    const script =
      'import struct, sys; data = sys.stdin.buffer.read(); sys.stdout.buffer.write(struct.pack("<65536f", *struct.unpack("<65536e", data)))';
    const { stdout, error } = spawnSync('python3', ['-c', script], {
      input: new Uint8Array(all.buffer),
      maxBuffer: 1e6,
    });
    if (error !== undefined) skip('no python3');
    expect(read('F16')).toEqual(new Float32Array(new Uint8Array(stdout).buffer));
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

/** The checksum as the documentation says it, with nothing but Python's own library. */
const hasher = `
import hashlib, json, struct, sys
data = sys.stdin.buffer.read()
length, = struct.unpack('<Q', data[:8])
header = json.loads(data[8:8 + length])
metadata = header.pop('__metadata__')
stored = metadata.pop('tapehead.checksum')
names = sorted(header)
head = [sorted(map(list, metadata.items())), [[n, header[n]['dtype'], header[n]['shape']] for n in names]]
digest = hashlib.sha256(json.dumps(head, ensure_ascii=False, separators=(',', ':')).encode())
for name in names:
    begin, end = header[name]['data_offsets']
    digest.update(data[8 + length + begin:8 + length + end])
print(stored == 'sha256:' + digest.hexdigest())
`;

test('Python computes the same checksum (skipped where there is no python3)', ({ skip }) => {
  const { stdout, stderr, error } = spawnSync('python3', ['-c', hasher], {
    input: encodeSafetensors(example),
  });
  if (error !== undefined) skip('no python3');
  expect(String(stderr)).toBe('');
  expect(String(stdout)).toBe('True\n');
});

const python = ['python3', '/usr/bin/python3'].find(
  (command) => spawnSync(command, ['-c', 'import numpy'], { stdio: 'ignore' }).status === 0,
);

test.skipIf(python === undefined)(`Python reads it (skipped where there is no python3 with numpy)`, () => {
  const { stdout, stderr } = spawnSync(python ?? '', ['-c', reader], { input: encodeSafetensors(example) });
  expect(String(stderr)).toBe('');
  expect(JSON.parse(String(stdout))).toEqual({
    metadata: { ...example.metadata, 'tapehead.checksum': checksum },
    'a.kernel': [[2, 3], 1.5],
    count: [[], -7],
    costs: [[3], 1e300],
    empty: [[0, 4], 0],
  });
});
