import type { Code } from '../../emit/code.js';
import type { FunctionBuilder, Local } from '../../emit/function.js';
import type { Function as MapFunction } from '../../graph/graph.js';
import type { Access, Argument, Store } from '../../plan/work.js';
import { createHoisted, type Hoisted, keyOf } from './hoisted.js';
import { further, loadVector, storeVector } from './memory.js';
import { strideAt } from './nest.js';
import type { OpenNest } from './openNest.js';
import { writeReduction } from './reductions.js';
import type { Sum } from './sums.js';
import { factorsOf, inlinedIn, usesIn } from './uses.js';

/** Which numbers of a row a vector has. */
export interface Lanes {
  /** The place of the first, from the pointers on. */
  readonly first: number;
  readonly count: number;
  /** The place of the vector among those that are written out. */
  readonly slot: number;
}

/** The code of one vector while it is written. */
export interface Vector {
  readonly lanes: Lanes;
  readonly code: Code[];
  /** A register that nothing else has. */
  register(): Local;
  /** Where an argument is; what lies in memory is loaded. */
  local(argument: Argument): Local;
  /** The factors of a product that is computed where it is added. */
  factors(argument: Argument): readonly [Argument, Argument] | undefined;
}

/** Writes the terms, stores and reductions of a nest, one vector at a time. */
export function createVectorWriter(nest: OpenNest, sums: readonly Sum[]): (lanes: Lanes) => Code {
  const { loop, context } = nest;
  const hoisted = createHoisted(nest);
  const registers = createRegisters(context.fn);
  const uses = usesIn(loop);
  const inlined = inlinedIn(loop, uses);
  return (lanes) => {
    registers.restart();
    const computed = new Map<number, Local>();
    const vector = openVector({ nest, hoisted, registers, uses, computed }, lanes);
    for (const [i, { f, args }] of loop.terms.entries()) {
      if (!uses[i] || inlined.has(i)) continue;
      const value = termCode(nest, vector, f, args);
      const register = vector.register();
      vector.code.push(register.set(value));
      computed.set(i, register);
    }
    for (const store of loop.stores) writeStore(nest, vector, store);
    for (const sum of sums) writeReduction(nest, vector, sum);
    return vector.code;
  };
}

interface VectorParts {
  readonly nest: OpenNest;
  readonly hoisted: Hoisted;
  readonly registers: Registers;
  readonly uses: readonly number[];
  /** The registers of terms. */
  readonly computed: ReadonlyMap<number, Local>;
}

function openVector({ nest, hoisted, registers, uses, computed }: VectorParts, lanes: Lanes): Vector {
  const code: Code[] = [];
  const loaded = new Map<string, Local>();
  const load = (access: Access): Local => {
    const key = keyOf(access);
    const known = loaded.get(key);
    if (known !== undefined) return known;
    const register = registers.next();
    const stride = strideAt(access, nest.innermost);
    const place = further(nest.place(access), stride * lanes.first);
    code.push(register.set(loadVector(access, place, stride, lanes.count)));
    loaded.set(key, register);
    return register;
  };
  return {
    lanes,
    code,
    register: registers.next,
    local(argument) {
      if (argument.kind === 'constant') return hoisted.constant(argument.value);
      if (argument.kind === 'register') return registerOf(computed, argument.index);
      const { access } = argument;
      const isFixed = strideAt(access, nest.innermost) === 0 && nest.innermost.size > 1;
      return isFixed ? hoisted.splat(access) : load(access);
    },
    factors(argument) {
      const [a, b] = factorsOf(nest.loop, uses, argument) ?? [];
      return a === undefined || b === undefined ? undefined : [a, b];
    },
  };
}

function registerOf(computed: ReadonlyMap<number, Local>, index: number): Local {
  const register = computed.get(index);
  if (register === undefined) throw new Error('a register is read before it is computed');
  return register;
}

/** f(…args). Sums of a product and something take one instruction. */
function termCode({ context }: OpenNest, vector: Vector, f: MapFunction, args: readonly Argument[]): Code {
  const [a, b] = args;
  if (a !== undefined && b !== undefined && (f === 'add' || f === 'sub')) {
    const { madd, nmadd } = context.multiplyAdd;
    const added = ([x, y]: readonly [Argument, Argument], to: Argument, add: typeof madd): Code => {
      const sum = vector.local(to).get;
      return add(vector.local(x).get, vector.local(y).get, sum);
    };
    const first = f === 'add' ? vector.factors(a) : undefined;
    if (first !== undefined) return added(first, b, madd);
    const second = vector.factors(b);
    if (second !== undefined) return added(second, a, f === 'add' ? madd : nmadd);
  }
  return context.apply(f, args.map(vector.local));
}

function writeStore(nest: OpenNest, vector: Vector, { from, to }: Store): void {
  const { first, count } = vector.lanes;
  const place = nest.place(to);
  const stride = nest.innermost.size === 1 ? 1 : strideAt(to, nest.innermost);
  vector.code.push(storeVector(further(place, stride * first), vector.local(from), stride, count));
}

/** Registers for one vector. The next vector takes them again. */
interface Registers {
  next(): Local;
  restart(): void;
}

function createRegisters(fn: FunctionBuilder): Registers {
  const pool: Local[] = [];
  let taken = 0;
  return {
    next() {
      const local = pool[taken] ?? fn.local('v128');
      pool[taken++] = local;
      return local;
    },
    restart() {
      taken = 0;
    },
  };
}
