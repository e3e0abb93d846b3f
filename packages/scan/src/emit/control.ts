import { type Code, i32, type Type, typeBytes } from './code.js';
import type { Local } from './function.js';
import { unsigned } from './numbers.js';

const LOOP = 3;
const IF = 4;
const ELSE = 5;
const END = 11;
const BRANCH_IF = 13;
const CALL = 16;
const DROP = 26;
const SELECT = 27;
const NOTHING = 0x40;

/** One after the other. */
export function sequence(...codes: Code[]): Code {
  return codes;
}

/** Runs `then` where the i32 `condition` is not 0, else `otherwise`. */
export function when(condition: Code, then: Code, otherwise?: Code): Code {
  return [condition, IF, NOTHING, then, otherwise ? [ELSE, otherwise] : [], END];
}

/** The value of `then` where the i32 `condition` is not 0, else of `otherwise`. Runs one of them. */
export function choose(type: Type, condition: Code, then: Code, otherwise: Code): Code {
  return [condition, IF, typeBytes[type], then, ELSE, otherwise, END];
}

/** The value `a` where the i32 `condition` is not 0, else `b`. Runs both. */
export function select(condition: Code, a: Code, b: Code): Code {
  return [a, b, condition, SELECT];
}

/** Takes a value off the stack. */
export function drop(value: Code): Code {
  return [value, DROP];
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
  /** Leaves out the test before the first turn. */
  readonly atLeastOnce?: boolean;
}

/** Runs `body` for i = from, from + step … below `to`. i is an i32, and unsigned: a count or an address. */
export function forLoop(i: Local, { from, to, step, atLeastOnce = false }: ForOptions, body: Code): Code {
  const loop = repeat(body, i32.ltU(i.tee(i32.add(i.get, i32.const(step))), to));
  return [i.set(from), atLeastOnce ? loop : when(i32.ltU(i.get, to), loop)];
}

/** Calls the function with that index in its module. */
export function call(index: number, ...args: Code[]): Code {
  return [args, CALL, unsigned(index)];
}
