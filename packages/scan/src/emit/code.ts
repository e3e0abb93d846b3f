import { byte, float32Bytes, signed, unsigned } from './numbers.js';

/**
 * Instructions as bytes, nested in any way; a string holds one byte in each character, which is fast. An expression is the
 * code that leaves its value on the stack. Code without a value leaves none.
 */
export type Code = readonly (number | string | Code)[];

export type Type = 'i32' | 'f32' | 'v128';

/** The byte of each type. */
export const typeBytes: Readonly<Record<Type, number>> = { i32: 0x7f, f32: 0x7d, v128: 0x7b };

/** The prefixes of bulk instructions, and of vector instructions. */
const MISC = '\xfc';
const VECTOR = '\xfd';

/** Memory accesses promise the alignment of one float32, as a power of 2. */
const ALIGNMENT = '\x02';

type One = (a: Code) => Code;
type Two = (a: Code, b: Code) => Code;
type Three = (a: Code, b: Code, c: Code) => Code;
/** `offset` counts bytes, 0 to 2³² − 1, and is added to the address without wrapping. */
type Load = (address: Code, offset?: number) => Code;
type Store = (address: Code, value: Code, offset?: number) => Code;

const one =
  (op: string): One =>
  (a) => [a, op];
const two =
  (op: string): Two =>
  (a, b) => [a, b, op];
const three =
  (op: string): Three =>
  (a, b, c) => [a, b, c, op];
const load =
  (op: string): Load =>
  (address, offset = 0) => [address, op + ALIGNMENT + unsigned(offset)];
const store =
  (op: string): Store =>
  (address, value, offset = 0) => [address, value, op + ALIGNMENT + unsigned(offset)];

const vector = (op: number): string => VECTOR + unsigned(op);
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
    vector(op) + ALIGNMENT + unsigned(offset),
    lane,
  ];

export const i32 = {
  /** −2³¹ to 2³² − 1. */
  const: (n: number): Code => [`\x41${signed(n)}`],
  load: load('\x28'),
  store: store('\x36'),
  ltU: two('\x49'),
  gtU: two('\x4b'),
  add: two('\x6a'),
  sub: two('\x6b'),
  mul: two('\x6c'),
};

export const f32 = {
  const: (n: number): Code => [`\x43${float32Bytes(n)}`],
  load: load('\x2a'),
  store: store('\x38'),
  add: two('\x92'),
  mul: two('\x94'),
  min: two('\x96'),
  max: two('\x97'),
};

/** Comparisons give lanes of all bits set, or none. */
export const f32x4 = {
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
  /** a·b + c, where the engine has relaxed SIMD. */
  relaxedMadd: three4(0x105),
  /** c − a·b */
  relaxedNmadd: three4(0x106),
};

export const v128 = {
  /** Four float32. */
  const: (...lanes: readonly [number, number, number, number]): Code => [vector(12), lanes.map(float32Bytes)],
  load: load4(0),
  /** One float32 into all lanes. */
  loadSplat: load4(9),
  /** One float32 into lane 0, zeros into the others. */
  loadZero: load4(92),
  loadLane: accessLane(86),
  store: store(vector(11)),
  storeLane: accessLane(90),
  /** Lanes 0 and 1, or 2 and 3. */
  storeHalf: accessLane(91),
  and: two4(78),
  or: two4(80),
  xor: two4(81),
  /** The bits of a where the mask is set, else of b. */
  bitselect: three4(82),
  /** Lanes of a are 0 to 3, and of b 4 to 7. */
  shuffle: (a: Code, b: Code, ...lanes: readonly [number, number, number, number]): Code => [
    a,
    b,
    vector(13) + lanes.map((lane) => byte(4 * lane, 4 * lane + 1, 4 * lane + 2, 4 * lane + 3)).join(''),
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

/** Fills bytes with the lowest byte of `value`. */
export function memoryFill(to: Code, value: Code, bytes: Code): Code {
  return [to, value, bytes, `${MISC}\v\0`];
}
