import { isRecord, quoted, refuse, shapeText, show } from './refuse.js';

/** Row-major numbers and their shape. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array | Float64Array | Int32Array;
}

/** The number types that are written. */
export type Dtype = 'F64' | 'F32' | 'I32';

/** The bits of one number of each type of the format, those that are not read here included. */
const bitsOf: ReadonlyMap<string, number> = new Map([
  ['F4', 4],
  ['F6_E2M3', 6],
  ['F6_E3M2', 6],
  ...['BOOL', 'U8', 'I8', 'F8_E4M3', 'F8_E5M2', 'F8_E8M0', 'F8_E4M3FNUZ', 'F8_E5M2FNUZ'].map(entry(8)),
  ...['U16', 'I16', 'F16', 'BF16'].map(entry(16)),
  ...['U32', 'I32', 'F32'].map(entry(32)),
  ...['U64', 'I64', 'F64', 'C64'].map(entry(64)),
]);

function entry(bits: number): (dtype: string) => [string, number] {
  return (dtype) => [dtype, bits];
}

/**
 * The bytes that a tensor takes, exactly; undefined for a number type that is not known.
 * @throws TapeheadError `checkpoint` where the bits fill no whole number of bytes
 */
export function bytesOf(name: string, dtype: string, shape: readonly number[]): bigint | undefined {
  const bits = bitsOf.get(dtype);
  if (bits === undefined) return undefined;
  const all = sizeOf(shape) * BigInt(bits);
  if (all % 8n !== 0n) refuse(`tensor ${quoted(name)} of ${dtype} ${shapeText(shape)} fills no whole bytes`);
  return all / 8n;
}

/** How many numbers a shape has, exactly. */
export function sizeOf(shape: readonly number[]): bigint {
  return shape.reduce((product, size) => product * BigInt(size), 1n);
}

/** More dimensions than any tensor has; numpy allows as many. */
const MOST_DIMENSIONS = 64;

export function isShape(value: unknown): value is number[] {
  return Array.isArray(value) && value.length <= MOST_DIMENSIONS && value.every(isCount);
}

export function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** By name, not by class: arrays of another realm are taken too. */
export function dtypeOf(values: unknown): Dtype | undefined {
  switch (Object.prototype.toString.call(values)) {
    case '[object Float64Array]':
      return 'F64';
    case '[object Float32Array]':
      return 'F32';
    case '[object Int32Array]':
      return 'I32';
    default:
      return undefined;
  }
}

/**
 * @param what the tensor, as an error names it
 * @throws TapeheadError `checkpoint` unless it is a shape and as many numbers
 */
export function checkStored(what: string, stored: unknown): asserts stored is StoredTensor {
  if (!isRecord(stored)) refuse(`${what}: expected a shape and values, got ${show(stored)}`);
  const { shape, values } = stored;
  if (!isShape(shape)) refuse(`${what} has shape ${show(shape)}`);
  if (dtypeOf(values) === undefined || !ArrayBuffer.isView(values) || !('length' in values)) {
    refuse(`${what}: expected values in a Float32Array, Float64Array or Int32Array, got ${show(values)}`);
  }
  if (sizeOf(shape) !== BigInt(Number(values.length))) {
    refuse(`${what} of shape ${shapeText(shape)} needs ${sizeOf(shape)} values, it has ${values.length}`);
  }
}

/** @throws TapeheadError `checkpoint` that names the first value that is not finite, or below `least` */
export function checkValues(
  what: string,
  values: StoredTensor['values'],
  least = Number.NEGATIVE_INFINITY,
): void {
  const at = values.findIndex((value) => !Number.isFinite(value) || value < least);
  if (at < 0) return;
  const wanted = least === 0 ? 'finite numbers of at least 0' : 'finite numbers';
  refuse(`${what}: expected ${wanted}, got ${values[at]} at ${at}`);
}

/**
 * The numbers of a tensor in a file, or undefined for a type that is not read: F64, F32 and I32 as they are, F16 and BF16
 * as float32. It copies: the bytes of a file need not be aligned, and Node's small buffers share one memory.
 */
export function numbersOf(dtype: string, bytes: Uint8Array): StoredTensor['values'] | undefined {
  const { buffer } = new Uint8Array(bytes);
  switch (dtype) {
    case 'F64':
      return new Float64Array(buffer);
    case 'F32':
      return new Float32Array(buffer);
    case 'I32':
      return new Int32Array(buffer);
    case 'F16':
      return Float32Array.from(new Uint16Array(buffer), halfOf);
    case 'BF16':
      // The upper half of a float32.
      return new Float32Array(Uint32Array.from(new Uint16Array(buffer), (bits) => bits << 16).buffer);
    default:
      return undefined;
  }
}

/** IEEE 754 binary16: a sign, 5 bits of exponent, 10 of fraction. */
function halfOf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const [exponent, fraction] = [(bits >> 10) & 0x1f, bits & 0x3ff];
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
