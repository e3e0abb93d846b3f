import { TapeheadError } from '@tapehead/core';

/** Row-major numbers and their shape. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array | Float64Array | Int32Array;
}

/** What a safetensors file holds. */
export interface Safetensors {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

type Dtype = 'F64' | 'F32' | 'I32';
const bytesOf: Readonly<Record<Dtype, number>> = { F64: 8, F32: 4, I32: 4 };

const LENGTH_BYTES = 8;
const ALIGNMENT = 8;
/** As the reference implementation allows. */
const LARGEST_HEADER = 100_000_000;

/**
 * The safetensors format (https://github.com/huggingface/safetensors): the header's length (unsigned 64-bit,
 * little-endian), the header (JSON, padded with spaces so that the data begin at a multiple of 8), the data
 * (little-endian, without gaps, 8-byte numbers first so that each tensor is aligned).
 */
export function encodeSafetensors({ metadata, tensors }: Safetensors): Uint8Array<ArrayBuffer> {
  const entries = [...tensors].sort(([, a], [, b]) => bytesOf[dtypeOf(b)] - bytesOf[dtypeOf(a)]);
  const header: Record<string, unknown> = { __metadata__: metadata };
  let end = 0;
  for (const [name, { shape, values }] of entries) {
    const begin = end;
    end += values.byteLength;
    header[name] = { dtype: dtypeOf({ values }), shape, data_offsets: [begin, end] };
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const padded = Math.ceil(json.length / ALIGNMENT) * ALIGNMENT;
  const file = new Uint8Array(LENGTH_BYTES + padded + end).fill(0x20, LENGTH_BYTES, LENGTH_BYTES + padded);
  new DataView(file.buffer).setBigUint64(0, BigInt(padded), true);
  file.set(json, LENGTH_BYTES);
  let at = LENGTH_BYTES + padded;
  for (const [, { values }] of entries) {
    file.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  return file;
}

function dtypeOf({ values }: Pick<StoredTensor, 'values'>): Dtype {
  if (values instanceof Float64Array) return 'F64';
  return values instanceof Int32Array ? 'I32' : 'F32';
}

/**
 * Reads what `encodeSafetensors` writes, and any other safetensors file of F64, F32 and I32 tensors.
 * @throws TapeheadError `checkpoint` that says what is wrong: too short, no header, offsets that overlap, leave gaps
 * or run past the end, a shape that does not fit, a number type that is not read
 */
export function decodeSafetensors(file: Uint8Array): Safetensors {
  const { header, data } = split(file);
  const { __metadata__: metadata = {}, ...entries } = header;
  const spans = Object.entries(entries).map(([name, entry]) => spanOf(name, entry));
  checkLayout(spans, data.length);
  const tensors = spans.map(({ name, dtype, shape, begin, end }): [string, StoredTensor] => [
    name,
    { shape, values: numbers(dtype, data.subarray(begin, end)) },
  ]);
  return { metadata: metadataOf(metadata), tensors: new Map(tensors) };
}

function split(file: Uint8Array): { header: Record<string, unknown>; data: Uint8Array } {
  if (file.length < LENGTH_BYTES) refuse(`it has ${file.length} bytes, fewer than the 8 of a header length`);
  const claimed = new DataView(file.buffer, file.byteOffset).getBigUint64(0, true);
  if (claimed > LARGEST_HEADER) refuse(`it is no safetensors file: its header would have ${claimed} bytes`);
  const length = Number(claimed);
  const bytes = file.subarray(LENGTH_BYTES, LENGTH_BYTES + length);
  if (bytes.length < length) refuse(`it ends inside its header, after ${bytes.length} of ${length} bytes`);
  return { header: parseHeader(bytes), data: file.subarray(LENGTH_BYTES + length) };
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  const header = parseJson(bytes);
  if (!isRecord(header)) refuse('it is no safetensors file: its header is no JSON object');
  return header;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

interface Span {
  name: string;
  dtype: Dtype;
  shape: number[];
  begin: number;
  end: number;
}

function spanOf(name: string, entry: unknown): Span {
  if (!isRecord(entry)) refuse(`tensor '${name}' has no description`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (!isDtype(dtype))
    refuse(`tensor '${name}' has dtype ${JSON.stringify(dtype)}; F32, F64 and I32 are read`);
  if (!isCounts(shape)) refuse(`tensor '${name}' has shape ${JSON.stringify(shape)}`);
  if (!isCounts(offsets)) refuse(`tensor '${name}' has offsets ${JSON.stringify(offsets)}`);
  const [begin = 0, end = -1, ...more] = offsets;
  if (more.length > 0 || end < begin) refuse(`tensor '${name}' has offsets [${offsets.join(', ')}]`);
  const wanted = shape.reduce((product, size) => product * size, bytesOf[dtype]);
  if (end - begin !== wanted) {
    refuse(
      `tensor '${name}' of shape [${shape.join(', ')}] needs ${wanted} bytes, its offsets hold ${end - begin}`,
    );
  }
  return { name, dtype, shape, begin, end };
}

/** The spans, in order, must fill the data from the first byte to the last. */
function checkLayout(spans: readonly Span[], size: number): void {
  let filled = 0;
  for (const { name, begin, end } of [...spans].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin < filled) refuse(`tensor '${name}' overlaps the one before it, at byte ${begin} of the data`);
    if (begin > filled) refuse(`its data have a gap before tensor '${name}', bytes ${filled} to ${begin}`);
    if (end > size)
      refuse(`it is truncated: tensor '${name}' ends at byte ${end} of the data, which have ${size}`);
    filled = end;
  }
  if (filled < size) refuse(`${size - filled} bytes follow its last tensor`);
}

/** Copies: the bytes of a file need not be aligned, and Node's small buffers share one memory. */
function numbers(dtype: Dtype, bytes: Uint8Array): StoredTensor['values'] {
  const { buffer } = new Uint8Array(bytes);
  if (dtype === 'F64') return new Float64Array(buffer);
  return dtype === 'I32' ? new Int32Array(buffer) : new Float32Array(buffer);
}

function metadataOf(metadata: unknown): Record<string, string> {
  if (!isRecord(metadata)) refuse('its __metadata__ is no JSON object');
  const strings = Object.entries(metadata).map(([name, value]): [string, string] => {
    if (typeof value !== 'string') refuse(`its __metadata__ '${name}' is no string`);
    return [name, value];
  });
  return Object.fromEntries(strings);
}

function isDtype(value: unknown): value is Dtype {
  return typeof value === 'string' && Object.hasOwn(bytesOf, value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((each) => Number.isSafeInteger(each) && each >= 0);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @throws TapeheadError `checkpoint` */
export function refuse(problem: string): never {
  throw new TapeheadError('checkpoint', `checkpoint: ${problem}`);
}
