import { textOf } from '@tapehead/core';
import { CHECKSUM, checksumOf, type Stored } from './checksum.js';
import { parseObject } from './json.js';
import { isRecord, quoted, refuse, shapeText, show } from './refuse.js';
import {
  bytesOf,
  checkStored,
  type Dtype,
  dtypeOf,
  isCount,
  isShape,
  numbersOf,
  type StoredTensor,
} from './tensorData.js';

export type { StoredTensor } from './tensorData.js';

/** What a safetensors file holds. */
export interface Safetensors {
  readonly metadata: Readonly<Record<string, string>>;
  /** The `values` of a tensor whose number type is not read throw when they are asked for. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

const LENGTH_BYTES = 8;
const ALIGNMENT = 8;
/** As the reference implementation allows. */
const LARGEST_HEADER = 100_000_000;
const METADATA = '__metadata__';

const rank: Readonly<Record<Dtype, number>> = { F64: 0, F32: 1, I32: 1 };

/**
 * The safetensors format (https://github.com/huggingface/safetensors): the header's length (unsigned 64-bit,
 * little-endian), the header (JSON, padded with spaces so that the data begin at a multiple of 8), the data
 * (little-endian, without gaps, 8-byte numbers first so that each tensor is aligned). The metadata get a checksum over
 * everything, `tapehead.checksum`, which `decodeSafetensors` compares and takes out again.
 * @throws TapeheadError `checkpoint` for what could not be read again: values that do not fill a shape, a name that the
 * format uses itself, metadata that are no strings
 */
export function encodeSafetensors(content: Safetensors): Uint8Array<ArrayBuffer> {
  if (!isRecord(content)) refuse(`expected metadata and tensors, got ${textOf(content)}`);
  const texts = metadataOf(content.metadata);
  const stored = storedOf(content.tensors);
  const header = headerOf({ ...texts, [CHECKSUM]: checksumOf(texts, stored) }, stored);
  const padded = Math.ceil(header.length / ALIGNMENT) * ALIGNMENT;
  if (padded > LARGEST_HEADER)
    refuse(`its header would have ${padded} bytes, at most ${LARGEST_HEADER} are read`);
  const size = stored.reduce((sum, { bytes }) => sum + bytes.length, LENGTH_BYTES + padded);
  const file = new Uint8Array(size).fill(0x20, LENGTH_BYTES, LENGTH_BYTES + padded);
  new DataView(file.buffer).setBigUint64(0, BigInt(padded), true);
  file.set(header, LENGTH_BYTES);
  let at = LENGTH_BYTES + padded;
  for (const { bytes } of stored) {
    file.set(bytes, at);
    at += bytes.length;
  }
  return file;
}

function storedOf(tensors: Safetensors['tensors']): Stored[] {
  if (Object.prototype.toString.call(tensors) !== '[object Map]') {
    refuse(`tensors: expected a Map, got ${textOf(tensors)}`);
  }
  const entries = [...tensors].map(([name, tensor]) => {
    if (typeof name !== 'string' || name === METADATA) refuse(`a tensor cannot have the name ${show(name)}`);
    checkStored(`tensor ${quoted(name)}`, tensor);
    const { shape, values } = tensor;
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    return { name, dtype: dtypeOf(values) ?? 'F32', shape, bytes };
  });
  return entries.sort((a, b) => rank[a.dtype] - rank[b.dtype]);
}

function headerOf(metadata: Record<string, string>, stored: readonly Stored[]): Uint8Array {
  let end = 0;
  const entries = stored.map(({ name, dtype, shape, bytes }): [string, object] => {
    const begin = end;
    end += bytes.length;
    return [name, { dtype, shape, data_offsets: [begin, end] }];
  });
  // Not by assignment, which takes `__proto__` for the prototype.
  const header: object = Object.fromEntries([[METADATA, metadata], ...entries]);
  return new TextEncoder().encode(JSON.stringify(header));
}

/**
 * Reads what `encodeSafetensors` writes, and any other safetensors file. F64, F32 and I32 tensors come as they are, F16
 * and BF16 as float32; the `values` of another kind throw when they are asked for. A file without a checksum is read as
 * well.
 * @throws TapeheadError `checkpoint` that says what is wrong: too short, no header, offsets that overlap, leave gaps
 * or run past the end, a shape that does not fit, a checksum that differs, anything but bytes
 */
export function decodeSafetensors(file: ArrayBufferLike | ArrayBufferView): Safetensors {
  const { metadata, tensors } = readSafetensors(file);
  return { metadata, tensors };
}

/** The same, and whether the file had a checksum. */
export function readSafetensors(
  file: ArrayBufferLike | ArrayBufferView,
): Safetensors & { readonly hasChecksum: boolean } {
  const { header, data } = split(bytesIn(file));
  const { [METADATA]: given = {}, ...entries } = header;
  const spans = Object.entries(entries).map(([name, entry]) => spanOf(name, entry));
  checkLayout(spans, data.length);
  const stored = spans.map(({ begin, end, ...span }) => ({ ...span, bytes: data.subarray(begin, end) }));
  const { [CHECKSUM]: checksum, ...metadata } = textsOf(given);
  if (checksum !== undefined) checkChecksum(checksum, checksumOf(metadata, stored));
  const tensors = new Map(stored.map((each) => [each.name, tensorOf(each)]));
  return { metadata, tensors, hasChecksum: checksum !== undefined };
}

function bytesIn(file: unknown): Uint8Array {
  if (ArrayBuffer.isView(file))
    return unshared(new Uint8Array(file.buffer, file.byteOffset, file.byteLength));
  if (isBuffer(file)) return unshared(new Uint8Array(file));
  return refuse(`expected its bytes as an ArrayBuffer or a view of one, got ${textOf(file)}`);
}

/** TextDecoder takes no shared memory in browsers, and others could change it meanwhile. */
function unshared(bytes: Uint8Array): Uint8Array {
  return Object.prototype.toString.call(bytes.buffer) === '[object SharedArrayBuffer]'
    ? bytes.slice()
    : bytes;
}

function isBuffer(value: unknown): value is ArrayBufferLike {
  const kind = Object.prototype.toString.call(value);
  return kind === '[object ArrayBuffer]' || kind === '[object SharedArrayBuffer]';
}

function split(file: Uint8Array): { header: Record<string, unknown>; data: Uint8Array } {
  if (file.length < LENGTH_BYTES) refuse(`it has ${file.length} bytes, fewer than the 8 of a header length`);
  const claimed = new DataView(file.buffer, file.byteOffset).getBigUint64(0, true);
  if (claimed > LARGEST_HEADER) refuse(`it is no safetensors file: its header would have ${claimed} bytes`);
  const length = Number(claimed);
  const bytes = file.subarray(LENGTH_BYTES, LENGTH_BYTES + length);
  if (bytes.length < length) refuse(`it ends inside its header, after ${bytes.length} of ${length} bytes`);
  const header = parseObject(textIn(bytes), 'it is no safetensors file: its header');
  return { header, data: file.subarray(LENGTH_BYTES + length) };
}

function textIn(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return refuse('it is no safetensors file: its header is no UTF-8 text');
  }
}

interface Span {
  name: string;
  dtype: string;
  shape: number[];
  begin: number;
  end: number;
}

function spanOf(name: string, entry: unknown): Span {
  const tensor = `tensor ${quoted(name)}`;
  if (!isRecord(entry)) refuse(`${tensor} has no description`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== 'string') refuse(`${tensor} has dtype ${show(dtype)}`);
  if (!isShape(shape)) refuse(`${tensor} has shape ${show(shape)}`);
  if (!Array.isArray(offsets) || !offsets.every(isCount)) refuse(`${tensor} has offsets ${show(offsets)}`);
  const [begin = 0, end = -1, ...more] = offsets;
  if (more.length > 0 || end < begin) refuse(`${tensor} has offsets ${show(offsets)}`);
  const wanted = bytesOf(name, dtype, shape);
  if (wanted !== undefined && wanted !== BigInt(end - begin)) {
    refuse(`${tensor} of shape ${shapeText(shape)} needs ${wanted} bytes, its offsets hold ${end - begin}`);
  }
  return { name, dtype, shape, begin, end };
}

/** The spans, in order, must fill the data from the first byte to the last. */
function checkLayout(spans: readonly Span[], size: number): void {
  let filled = 0;
  for (const { name, begin, end } of [...spans].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    const tensor = `tensor ${quoted(name)}`;
    if (begin < filled) refuse(`${tensor} overlaps the one before it, at byte ${begin} of the data`);
    if (begin > filled) refuse(`its data have a gap before ${tensor}, bytes ${filled} to ${begin}`);
    if (end > size) refuse(`it is truncated: ${tensor} ends at byte ${end} of the data, which have ${size}`);
    filled = end;
  }
  if (filled < size) refuse(`${size - filled} bytes follow its last tensor`);
}

function checkChecksum(stored: string, computed: string): void {
  if (stored === computed) return;
  refuse('its checksum does not fit what it holds: the file was damaged, or changed without a new checksum');
}

function tensorOf({ name, dtype, shape, bytes }: Stored): StoredTensor {
  const values = numbersOf(dtype, bytes);
  if (values !== undefined) return { shape, values };
  return {
    shape,
    get values(): never {
      return refuse(`tensor ${quoted(name)} has dtype ${show(dtype)}; F64, F32, F16, BF16 and I32 are read`);
    },
  };
}

function metadataOf(metadata: unknown): Record<string, string> {
  const texts = textsOf(metadata);
  if (Object.hasOwn(texts, CHECKSUM))
    refuse(`its metadata cannot have the name '${CHECKSUM}', which is added`);
  return texts;
}

function textsOf(metadata: unknown): Record<string, string> {
  if (!isRecord(metadata)) refuse(`its ${METADATA} is no JSON object`);
  const strings = Object.entries(metadata).map(([name, value]): [string, string] => {
    if (typeof value !== 'string') refuse(`its ${METADATA} ${quoted(name)} is no string`);
    return [name, value];
  });
  return Object.fromEntries(strings);
}
