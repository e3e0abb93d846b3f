import type { Function as FunctionName } from '../graph/graph.js';
import { type Code, f32x4, i32, v128 } from './code.js';
import { call } from './control.js';
import type { Local } from './function.js';

/** What `apply` needs of the function and the module that it writes into. */
export interface Symbols {
  /** The index of a function that the kernels export. */
  indexOf(name: string): number;
  /** A v128 to overwrite. One serves all calls of `apply` in a function. */
  readonly scratch: Local;
  /** The number in all lanes: a constant, or the get of a local that holds it. */
  constant(n: number): Code;
}

type Template = (symbols: Symbols, a: Code, b: Code, c: Code) => Code;

/** Functions with an export of their own, by name. */
const exported: readonly FunctionName[] = ['exp', 'log', 'tanh', 'sigmoid', 'softplus', 'pow'];

/** What the export `rare` computes, in the order of its numbers. */
const rare: readonly FunctionName[] = [
  'acos',
  'acosh',
  'asin',
  'asinh',
  'atan',
  'atanh',
  'cos',
  'cosh',
  'erf',
  'expm1',
  'log1p',
  'sin',
  'sinh',
  'tan',
  'atan2',
  'floorDiv',
  'mod',
];

const truth = (mask: Code, { constant }: Symbols): Code => v128.and(mask, constant(1));
const isTrue = (a: Code, { constant }: Symbols): Code => f32x4.ne(a, constant(0));
const notANumber = (a: Code, { scratch }: Symbols): Code => f32x4.ne(scratch.tee(a), scratch.get);

const compare =
  (comparison: (a: Code, b: Code) => Code): Template =>
  (s, a, b) =>
    truth(comparison(a, b), s);
const connect =
  (operator: (a: Code, b: Code) => Code): Template =>
  (s, a, b) =>
    truth(operator(isTrue(a, s), isTrue(b, s)), s);
const plain =
  (instruction: (a: Code, b: Code) => Code): Template =>
  (_, a, b) =>
    instruction(a, b);

const templates: Partial<Record<FunctionName, Template>> = {
  abs: plain(f32x4.abs),
  ceil: plain(f32x4.ceil),
  floor: plain(f32x4.floor),
  neg: plain(f32x4.neg),
  round: plain(f32x4.nearest),
  sqrt: plain(f32x4.sqrt),
  truncate: plain(f32x4.trunc),
  identity: (_, a) => a,
  reciprocal: (s, a) => f32x4.div(s.constant(1), a),
  rsqrt: (s, a) => f32x4.div(s.constant(1), f32x4.sqrt(a)),
  square: ({ scratch }, a) => f32x4.mul(scratch.tee(a), scratch.get),
  not: (s, a) => truth(f32x4.eq(a, s.constant(0)), s),
  truth: (s, a) => truth(isTrue(a, s), s),
  isNaN: (s, a) => truth(notANumber(a, s), s),
  isInf: (s, a) => truth(f32x4.eq(f32x4.abs(a), s.constant(Infinity)), s),
  isFinite: (s, a) => truth(f32x4.lt(f32x4.abs(a), s.constant(Infinity)), s),
  // NaN where a is NaN: its comparison with itself sets all bits
  step: (s, a) => v128.or(notANumber(a, s), truth(f32x4.gt(s.scratch.get, s.constant(0)), s)),
  sign: (s, a) =>
    f32x4.sub(
      truth(f32x4.gt(s.scratch.tee(a), s.constant(0)), s),
      truth(f32x4.lt(s.scratch.get, s.constant(0)), s),
    ),
  add: plain(f32x4.add),
  sub: plain(f32x4.sub),
  mul: plain(f32x4.mul),
  div: plain(f32x4.div),
  max: plain(f32x4.max),
  min: plain(f32x4.min),
  equal: compare(f32x4.eq),
  notEqual: compare(f32x4.ne),
  less: compare(f32x4.lt),
  lessEqual: compare(f32x4.le),
  greater: compare(f32x4.gt),
  greaterEqual: compare(f32x4.ge),
  and: connect(v128.and),
  or: connect(v128.or),
  xor: connect(v128.xor),
  select: (s, a, b, c) => v128.bitselect(b, c, isTrue(a, s)),
};

/**
 * f of four lanes. Each argument is run once.
 * @param args one to three v128, as many as f takes
 */
export function apply(f: FunctionName, args: readonly Code[], symbols: Symbols): Code {
  const template = templates[f];
  const [a = [], b = [], c = []] = args;
  if (template) return template(symbols, a, b, c);
  if (exported.includes(f)) return call(symbols.indexOf(f), ...args);
  const { scratch } = symbols;
  const both = args.length > 1 ? args : [scratch.tee(a), scratch.get];
  return call(symbols.indexOf('rare'), ...both, i32.const(rare.indexOf(f)));
}
