import { type Code, i32 } from './code.js';
import type { Local } from './function.js';
import { unsigned } from './numbers.js';

const LOOP = 3;
const IF = 4;
const END = 11;
const BRANCH_IF = 13;
const CALL = 16;
const NOTHING = 0x40;

/** One after the other. */
export function sequence(...codes: Code[]): Code {
  return codes;
}

/** Runs `then` where the i32 `condition` is not 0. */
export function when(condition: Code, then: Code): Code {
  return [condition, IF, NOTHING, then, END];
}

/** Runs `body`, and again while the i32 `condition` is not 0 behind it. */
export function repeat(body: Code, condition: Code): Code {
  return [LOOP, NOTHING, body, condition, BRANCH_IF, 0, END];
}

/** Runs `body` for i = count, count − 1 … 1: at least once. */
export function loopDown(i: Local, count: Code, body: Code): Code {
  return [i.set(count), repeat(body, i.tee(i32.sub(i.get, i32.const(1))))];
}

export interface ForOptions {
  readonly from: Code;
  /** Computed again in each turn: the get of a local, or a constant. */
  readonly to: Code;
  /** Greater than 0. */
  readonly step: number;
}

/** Runs `body` for i = from, from + step … below `to`. i is an i32, and unsigned: a count or an address. */
export function forLoop(i: Local, { from, to, step }: ForOptions, body: Code): Code {
  const loop = repeat(body, i32.ltU(i.tee(i32.add(i.get, i32.const(step))), to));
  return [i.set(from), when(i32.ltU(i.get, to), loop)];
}

/** Calls the function with that index in its module. */
export function call(index: number, ...args: Code[]): Code {
  return [args, CALL, unsigned(index)];
}
