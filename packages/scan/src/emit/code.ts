import { float32Bytes, float64Bytes, signed, unsigned } from './numbers.js';

/**
 * Instructions as bytes, nested in any way. An expression is the code that leaves its value on the stack. Code without
 * a value leaves none.
 */
export type Code = readonly (number | Code)[];

export type Type = 'i32' | 'f32' | 'f64' | 'v128';

/** The byte of each type. */
export const typeBytes: Readonly<Record<Type, number>> = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b };

/** The prefixes of saturating and bulk instructions, and of vector instructions. */
const MISC = 0xfc;
const VECTOR = 0xfd;

/** Memory accesses promise the alignment of one float32, as a power of 2. */
const ALIGNMENT = 2;

type One = (a: Code) => Code;
type Two = (a: Code, b: Code) => Code;
type Three = (a: Code, b: Code, c: Code) => Code;
/** `offset` counts bytes, 0 to 2³² − 1, and is added to the address without wrapping. */
type Load = (address: Code, offset?: number) => Code;
type Store = (address: Code, value: Code, offset?: number) => Code;

const one =
  (...op: Code): One =>
  (a) => [a, op];
const two =
  (...op: Code): Two =>
  (a, b) => [a, b, op];
const three =
  (...op: Code): Three =>
  (a, b, c) => [a, b, c, op];
const load =
  (...op: Code): Load =>
  (address, offset = 0) => [address, op, ALIGNMENT, unsigned(offset)];
const store =
  (...op: Code): Store =>
  (address, value, offset = 0) => [address, value, op, ALIGNMENT, unsigned(offset)];

const vector = (op: number): Code => [VECTOR, unsigned(op)];
const one4 = (op: number): One => one(vector(op));
const two4 = (op: number): Two => two(vector(op));
const three4 = (op: number): Three => three(vector(op));
const load4 = (op: number): Load => load(vector(op));

const laneOf =
  (op: number) =>
  (v: Code, lane: number): Code => [v, vector(op), lane];
const replaceLane =
  (op: number) =>
  (v: Code, lane: number, value: Code): Code => [v, value, vector(op), lane];
const accessLane =
  (op: number) =>
  (address: Code, v: Code, lane: number, offset = 0): Code => [
    address,
    v,
    vector(op),
    ALIGNMENT,
    unsigned(offset),
    lane,
  ];

/** Truth values are 0 and 1. */
export const i32 = {
  /** −2³¹ to 2³² − 1. */
  const: (n: number): Code => [0x41, signed(n)],
  load: load(0x28),
  store: store(0x36),
  eqz: one(0x45),
  eq: two(0x46),
  ne: two(0x47),
  ltS: two(0x48),
  ltU: two(0x49),
  gtS: two(0x4a),
  gtU: two(0x4b),
  leS: two(0x4c),
  leU: two(0x4d),
  geS: two(0x4e),
  geU: two(0x4f),
  add: two(0x6a),
  sub: two(0x6b),
  mul: two(0x6c),
  divS: two(0x6d),
  divU: two(0x6e),
  remS: two(0x6f),
  remU: two(0x70),
  and: two(0x71),
  or: two(0x72),
  xor: two(0x73),
  shl: two(0x74),
  shrS: two(0x75),
  shrU: two(0x76),
  /** Towards 0; NaN gives 0, and what is too large the nearest integer. */
  truncate: one(MISC, 0),
  /** The bits of an f32. */
  reinterpret: one(0xbc),
};

export const f32 = {
  const: (n: number): Code => [0x43, float32Bytes(n)],
  load: load(0x2a),
  store: store(0x38),
  eq: two(0x5b),
  ne: two(0x5c),
  lt: two(0x5d),
  gt: two(0x5e),
  le: two(0x5f),
  ge: two(0x60),
  abs: one(0x8b),
  neg: one(0x8c),
  ceil: one(0x8d),
  floor: one(0x8e),
  trunc: one(0x8f),
  /** Half to even. */
  nearest: one(0x90),
  sqrt: one(0x91),
  add: two(0x92),
  sub: two(0x93),
  mul: two(0x94),
  div: two(0x95),
  min: two(0x96),
  max: two(0x97),
  /** The nearest f32 of a signed i32. */
  convert: one(0xb2),
  /** The nearest f32 of an f64. */
  demote: one(0xb6),
  reinterpret: one(0xbe),
};

export const f64 = {
  const: (n: number): Code => [0x44, float64Bytes(n)],
  load: load(0x2b),
  store: store(0x39),
  sqrt: one(0x9f),
  add: two(0xa0),
  sub: two(0xa1),
  mul: two(0xa2),
  div: two(0xa3),
  /** The f64 of an f32. */
  promote: one(0xbb),
};

/** Comparisons give lanes of all bits set, or none. */
export const f32x4 = {
  splat: one4(19),
  extractLane: laneOf(31),
  replaceLane: replaceLane(32),
  eq: two4(0x41),
  ne: two4(0x42),
  lt: two4(0x43),
  gt: two4(0x44),
  le: two4(0x45),
  ge: two4(0x46),
  ceil: one4(0x67),
  floor: one4(0x68),
  trunc: one4(0x69),
  /** Half to even. */
  nearest: one4(0x6a),
  abs: one4(0xe0),
  neg: one4(0xe1),
  sqrt: one4(0xe3),
  add: two4(0xe4),
  sub: two4(0xe5),
  mul: two4(0xe6),
  div: two4(0xe7),
  /** NaN where either is NaN. */
  min: two4(0xe8),
  max: two4(0xe9),
  /** b < a ? b : a */
  pmin: two4(0xea),
  /** a < b ? b : a */
  pmax: two4(0xeb),
  convert: one4(0xfa),
  /** a·b + c, where the engine has relaxed SIMD. */
  relaxedMadd: three4(0x105),
  /** c − a·b */
  relaxedNmadd: three4(0x106),
};

export const i32x4 = {
  splat: one4(17),
  extractLane: laneOf(27),
  replaceLane: replaceLane(28),
  eq: two4(0x37),
  ne: two4(0x38),
  ltS: two4(0x39),
  gtS: two4(0x3b),
  leS: two4(0x3d),
  geS: two4(0x3f),
  /** One bit for each lane: its sign. */
  bitmask: one4(0xa4),
  /** By an i32. */
  shl: two4(0xab),
  shrS: two4(0xac),
  shrU: two4(0xad),
  add: two4(0xae),
  sub: two4(0xb1),
  mul: two4(0xb5),
  /** Towards 0; NaN gives 0, and what is too large the nearest integer. */
  truncate: one4(0xf8),
};

export const v128 = {
  /** Four float32. */
  const: (...lanes: readonly [number, number, number, number]): Code => [vector(12), lanes.map(float32Bytes)],
  load: load4(0),
  /** One float32 into all lanes. */
  loadSplat: load4(9),
  /** One float32 into lane 0, zeros into the others. */
  loadZero: load4(92),
  /** Two float32 into lanes 0 and 1, zeros into the others. */
  loadHalfZero: load4(93),
  loadLane: accessLane(86),
  store: store(vector(11)),
  storeLane: accessLane(90),
  /** Lanes 0 and 1, or 2 and 3. */
  storeHalf: accessLane(91),
  not: one4(77),
  and: two4(78),
  /** a & ~b */
  andnot: two4(79),
  or: two4(80),
  xor: two4(81),
  /** The bits of a where the mask is set, else of b. */
  bitselect: three4(82),
  /** Whether any bit is set. */
  anyTrue: one4(83),
  /** Lanes of a are 0 to 3, and of b 4 to 7. */
  shuffle: (a: Code, b: Code, ...lanes: readonly [number, number, number, number]): Code => [
    a,
    b,
    vector(13),
    lanes.map((lane) => [4 * lane, 4 * lane + 1, 4 * lane + 2, 4 * lane + 3]),
  ],
};

/** Multiply-add in one instruction where the engine has relaxed SIMD, else in two. */
export interface MultiplyAdd {
  /** a·b + c */
  readonly madd: Three;
  /** c − a·b */
  readonly nmadd: Three;
}

/** For modules of the kernels assembled with relaxed SIMD, or without. */
export function multiplyAdd(relaxed: boolean): MultiplyAdd {
  return relaxed
    ? { madd: f32x4.relaxedMadd, nmadd: f32x4.relaxedNmadd }
    : {
        madd: (a, b, c) => f32x4.add(f32x4.mul(a, b), c),
        nmadd: (a, b, c) => f32x4.sub(c, f32x4.mul(a, b)),
      };
}

/** Copies bytes; the ranges may overlap. */
export function memoryCopy(to: Code, from: Code, bytes: Code): Code {
  return [to, from, bytes, MISC, 10, 0, 0];
}

/** Fills bytes with the lowest byte of `value`. */
export function memoryFill(to: Code, value: Code, bytes: Code): Code {
  return [to, value, bytes, MISC, 11, 0];
}
