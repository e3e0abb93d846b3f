import { type Code, f32, f32x4, i32, type MultiplyAdd, v128 } from '../emit/code.js';
import { loopDown } from '../emit/control.js';
import type { FunctionBuilder, Local } from '../emit/function.js';
import type { Function as MapFunction } from '../graph/graph.js';
import type { Access, Argument, FoldFunction, Loop, Reduction } from '../plan/work.js';
import { type Level, nestOf, strideAt } from './nest.js';

/** Where a cell lies: so many bytes behind what a local points to. */
export interface Place {
  readonly pointer: Local;
  readonly offset: number;
}

/** What code for loops is written with. */
export interface LoopContext {
  readonly fn: FunctionBuilder;
  readonly multiplyAdd: MultiplyAdd;
  place(cell: number): Place;
  /** A function of vectors; arguments are read more than once. */
  apply(f: MapFunction, args: readonly Local[]): Code;
}

const LANES = 4;
/** The vectors of a row that are written out one by one. */
const MOST_UNROLLED = 8;
const identities: Readonly<Record<FoldFunction, number>> = {
  sum: 0,
  prod: 1,
  max: Number.NEGATIVE_INFINITY,
  min: Number.POSITIVE_INFINITY,
};
const folds: Readonly<Record<FoldFunction, (a: Code, b: Code) => Code>> = {
  sum: f32x4.add,
  prod: f32x4.mul,
  max: f32x4.max,
  min: f32x4.min,
};
const scalarFolds: Readonly<Record<FoldFunction, (a: Code, b: Code) => Code>> = {
  sum: f32.add,
  prod: f32.mul,
  max: f32.max,
  min: f32.min,
};

/** Code before and behind what stands inside a level; level −1 is all of it. */
interface Around {
  readonly before: Code[];
  readonly behind: Code[];
}

/** The code of a loop for one sequence. */
export function loopCode(loop: Loop, context: LoopContext): Code {
  return context.fn.scope(() => writeLoop(loop, context));
}

function writeLoop(loop: Loop, context: LoopContext): Code {
  const { fn, multiplyAdd } = context;
  const levels = nestOf(loop);
  const last = levels.length - 1;
  const innermost = levels[last];
  if (innermost === undefined) throw new Error('a loop has axes');
  const around: Around[] = [];
  const aroundAt = (level: number): Around => {
    around[level + 1] ??= { before: [], behind: [] };
    return around[level + 1] ?? { before: [], behind: [] };
  };
  const pointers = createPointers(context, levels);
  const isUsed = usesIn(loop);
  const width = innermost.size;
  const vectors = Math.ceil(width / LANES);
  const isUnrolled = vectors <= MOST_UNROLLED;
  const constants = new Map<string, Local>();
  const hoisted = new Map<string, Local>();

  // ---- reading

  const constant = (value: number): Local => {
    const key = Object.is(value, -0) ? '-0' : String(value);
    const known = constants.get(key);
    if (known !== undefined) return known;
    const local = fn.local('v128');
    aroundAt(-1).before.push(local.set(v128.const(value, value, value, value)));
    constants.set(key, local);
    return local;
  };
  /** Registers for one vector: the next vector takes them again. */
  const pool: Local[] = [];
  let taken = 0;
  const register = (): Local => {
    const local = pool[taken] ?? fn.local('v128');
    pool[taken++] = local;
    return local;
  };
  /** A number that does not change along a row, in all lanes: read where it last changes. */
  const splat = (access: Access): Local => {
    const key = keyOf(access);
    const known = hoisted.get(key);
    if (known !== undefined) return known;
    const local = fn.local('v128');
    const level = deepest(access, levels);
    const { pointer, offset } = pointers.at(access, level);
    aroundAt(level).before.push(local.set(v128.loadSplat(...addressOf(access, pointer, offset))));
    hoisted.set(key, local);
    return local;
  };
  /** `lanes` numbers along the row, from `first` on. */
  const vectorAt = (access: Access, first: number, lanes: number): Code => {
    const stride = strideAt(access, innermost);
    const { pointer, offset } = pointers.at(access, isUnrolled ? last - 1 : last);
    const at = (lane: number): number => offset + 4 * stride * (first + lane);
    if (stride === 1) return v128.load(...addressOf(access, pointer, at(0)));
    let code = v128.loadZero(...addressOf(access, pointer, at(0)));
    for (let lane = 1; lane < lanes; lane++) {
      const [address, further] = addressOf(access, pointer, at(lane));
      code = v128.loadLane(address, code, lane, further);
    }
    return code;
  };

  // ---- one vector

  const oneVector = (first: number, lanes: number, slot: number): Code => {
    const code: Code[] = [];
    const loaded = new Map<string, Local>();
    const registers: (Local | undefined)[] = [];
    taken = 0;
    const local = (argument: Argument): Local => {
      if (argument.kind === 'constant') return constant(argument.value);
      if (argument.kind === 'register') {
        const computed = registers[argument.index];
        if (computed === undefined) throw new Error('a register is read before it is computed');
        return computed;
      }
      const { access } = argument;
      if (strideAt(access, innermost) === 0 && width > 1) return splat(access);
      const key = keyOf(access);
      const known = loaded.get(key);
      if (known !== undefined) return known;
      const made = register();
      code.push(made.set(vectorAt(access, first, lanes)));
      loaded.set(key, made);
      return made;
    };
    /** The product behind an argument that nothing else reads, to be added in one instruction. */
    const productOf = (argument: Argument): readonly Argument[] | undefined => {
      if (argument.kind !== 'register' || isUsed[argument.index] !== 1) return undefined;
      const term = loop.terms[argument.index];
      return term?.f === 'mul' ? term.args : undefined;
    };
    const factorsOf = ([a, b]: readonly Argument[]): [Code, Code] => {
      if (a === undefined || b === undefined) throw new Error('a product has two factors');
      return [local(a).get, local(b).get];
    };
    const madd = (product: readonly Argument[], c: Local): Code =>
      multiplyAdd.madd(...factorsOf(product), c.get);
    const nmadd = (product: readonly Argument[], c: Local): Code =>
      multiplyAdd.nmadd(...factorsOf(product), c.get);
    const termCode = (f: MapFunction, args: readonly Argument[]): Code => {
      const [a, b] = args;
      if (a !== undefined && b !== undefined && (f === 'add' || f === 'sub')) {
        const left = f === 'add' ? productOf(a) : undefined;
        if (left !== undefined) return madd(left, local(b));
        const right = productOf(b);
        if (right !== undefined) return (f === 'add' ? madd : nmadd)(right, local(a));
      }
      return context.apply(f, args.map(local));
    };
    const isInlined = inlinedIn(loop, isUsed);
    for (const [i, { f, args }] of loop.terms.entries()) {
      if (!isUsed[i] || isInlined[i]) continue;
      const value = termCode(f, args);
      const computed = register();
      code.push(computed.set(value));
      registers[i] = computed;
    }
    for (const { from, to } of loop.stores) {
      const { pointer, offset } = pointers.at(to, isUnrolled ? last - 1 : last);
      const stride = width === 1 ? 1 : strideAt(to, innermost);
      code.push(storeCode(pointer, local(from), offset + 4 * stride * first, stride, lanes));
    }
    for (const [i, reduction] of loop.reductions.entries()) {
      const sum = sums[i];
      if (sum === undefined) continue;
      const product = reduction.f === 'sum' ? productOf(reduction.from) : undefined;
      if (sum.accumulators === undefined) {
        const { pointer, offset } = pointers.at(reduction.to, isUnrolled ? last - 1 : last);
        const at = offset + 4 * first;
        const joined = register();
        const before = register();
        code.push(
          before.set(v128.load(pointer.get, at)),
          joined.set(
            product === undefined
              ? folds[reduction.f](before.get, local(reduction.from).get)
              : madd(product, before),
          ),
          storeCode(pointer, joined, at, 1, lanes),
        );
        continue;
      }
      const accumulator = sum.accumulator(sum.isRow ? slot : first / LANES);
      const isCut = sum.isRow && lanes < LANES;
      if (product !== undefined && !isCut) code.push(accumulator.set(madd(product, accumulator)));
      else {
        let value = product === undefined ? local(reduction.from).get : f32x4.mul(...factorsOf(product));
        if (isCut) {
          for (let lane = lanes; lane < LANES; lane++)
            value = f32x4.replaceLane(value, lane, f32.const(identities[reduction.f]));
        }
        code.push(accumulator.set(folds[reduction.f](accumulator.get, value)));
      }
    }
    return code;
  };

  // ---- reductions

  const sums = loop.reductions.map((reduction) =>
    createSum(reduction, {
      levels,
      isUnrolled,
      context,
      pointers,
      aroundAt,
      lastLanes: width % LANES || LANES,
    }),
  );

  // ---- the nest, from the inside out

  let code: Code;
  if (isUnrolled) {
    const parts: Code[] = [];
    for (let i = 0; i < vectors; i++) {
      const first = i * LANES;
      parts.push(oneVector(first, Math.min(LANES, width - first), i));
    }
    code = parts;
  } else {
    const whole = Math.floor(width / LANES);
    const unroll = whole % 4 === 0 && loop.terms.length <= 12 ? 4 : whole % 2 === 0 ? 2 : 1;
    const parts: Code[] = [];
    for (let i = 0; i < unroll; i++) parts.push(oneVector(i * LANES, LANES, i));
    const rest = width % LANES;
    const tail = rest === 0 ? [] : oneVector(0, rest, 0);
    const counter = fn.local('i32');
    code = [
      pointers.starts(last),
      loopDown(counter, i32.const(whole / unroll), [parts, pointers.moves(last, LANES * unroll)]),
      tail,
    ];
  }
  for (let level = last - 1; level >= 0; level--) {
    const { size } = levels[level] ?? innermost;
    const { before, behind } = aroundAt(level);
    const inside = [before, code, behind, pointers.moves(level, 1)];
    code =
      size === 1
        ? [pointers.starts(level), inside]
        : [pointers.starts(level), loopDown(fn.local('i32'), i32.const(size), inside)];
  }
  for (const sum of sums) if (sum.fill !== undefined) aroundAt(-1).before.push(loopCode(sum.fill, context));
  const { before, behind } = aroundAt(-1);
  return [before, code, behind];
}

// ---- pointers

interface Pointers {
  /** What points to the numbers of an access inside of a level, and the bytes behind it. */
  at(access: Access, level: number): Place;
  /** Sets the pointers of a level before its first turn. */
  starts(level: number): Code;
  /** Moves them by so many turns. */
  moves(level: number, turns: number): Code;
}

/** Accesses that move alike share pointers. */
function createPointers(context: LoopContext, levels: readonly Level[]): Pointers {
  const moving = levels.map(() => new Map<string, { local: Local; from: Local; bytes: number }>());
  const pointerAt = (base: Local, key: string, access: Access, level: number): Local => {
    const at = levels[level];
    if (at === undefined) return base;
    const outer = pointerAt(base, key, access, level - 1);
    const bytes = 4 * strideAt(access, at);
    if (bytes === 0) return outer;
    const path = `${key}|${levels.slice(0, level + 1).map((each) => strideAt(access, each))}`;
    const known = moving[level]?.get(path);
    if (known !== undefined) return known.local;
    const local = context.fn.local('i32');
    moving[level]?.set(path, { local, from: outer, bytes });
    return local;
  };
  const each = (level: number) => [...(moving[level]?.values() ?? [])];
  return {
    at(access, level) {
      const { pointer, offset } = context.place(access.cell);
      return {
        pointer: pointerAt(pointer, String(pointer.get), access, level),
        offset: offset + 4 * access.offset,
      };
    },
    starts: (level) => each(level).map(({ local, from }) => local.set(from.get)),
    moves: (level, turns) =>
      each(level).map(({ local, bytes }) => local.set(i32.add(local.get, i32.const(bytes * turns)))),
  };
}

/** The deepest level whose turns an access follows; −1 where it follows none. */
function deepest(access: Access, levels: readonly Level[]): number {
  for (let level = levels.length - 1; level >= 0; level--) {
    const at = levels[level];
    if (at !== undefined && strideAt(access, at) !== 0) return level;
  }
  return -1;
}

// ---- sums

interface Sum {
  /** Whether it goes along the row, so that the lanes are folded in the end. */
  readonly isRow: boolean;
  /** Undefined where it adds to memory vector by vector. */
  readonly accumulators: readonly (Local | undefined)[] | undefined;
  accumulator(i: number): Local;
  /** What fills the result before, where it is added to in memory. */
  readonly fill: Loop | undefined;
}

interface SumContext {
  readonly levels: readonly Level[];
  readonly isUnrolled: boolean;
  readonly context: LoopContext;
  readonly pointers: Pointers;
  readonly aroundAt: (level: number) => Around;
  /** The lanes of the last vector of a row. */
  readonly lastLanes: number;
}

function createSum(reduction: Reduction, sum: SumContext): Sum {
  const { levels, isUnrolled, context, pointers, aroundAt, lastLanes } = sum;
  const { fn } = context;
  const { f, to, over } = reduction;
  const last = levels.length - 1;
  const isOver = (level: number): boolean => over[levels[level]?.axis ?? 0] === true;
  const isRow = isOver(last);
  // The outermost level from which on nothing but registers is needed: no level within it keeps more than a row of them.
  const start = levels.findIndex(
    (_, level) =>
      isOver(level) && levels.every((_, k) => k <= level || isOver(k) || (k === last && isUnrolled)),
  );
  const adds = start < 0 || levels.some((_, level) => level < start && isOver(level));
  const fill = adds ? fillOf(reduction, levels) : undefined;
  if (start < 0) return { isRow: false, accumulators: undefined, accumulator: () => fn.local('v128'), fill };

  const accumulators: (Local | undefined)[] = [];
  const identity = identities[f];
  const level = start - 1;
  const accumulator = (i: number): Local => {
    const known = accumulators[i];
    if (known !== undefined) return known;
    const local = fn.local('v128');
    accumulators[i] = local;
    aroundAt(level).before.push(local.set(v128.const(identity, identity, identity, identity)));
    if (!isRow) {
      const { pointer, offset } = pointers.at(to, level);
      const stride = levels[last] === undefined ? 1 : strideAt(to, levels[last]) || 1;
      const at = offset + 16 * i * stride;
      const lanes = i === Math.ceil((levels[last]?.size ?? 1) / LANES) - 1 ? lastLanes : LANES;
      const joined = adds ? local.set(folds[f](v128.load(pointer.get, at), local.get)) : [];
      aroundAt(level).behind.push(joined, storeCode(pointer, local, at, stride, lanes));
    } else if (i === 0) aroundAt(level).behind.push(rowEnd);
    return local;
  };
  /** Written when all accumulators are known. */
  const rowEnd: Code[] = [];
  if (isRow) {
    const first = accumulator(0);
    const { pointer, offset } = pointers.at(to, level);
    const fold = folds[f];
    const value = f32x4.extractLane(first.get, 0);
    const total = adds ? scalarFolds[f](f32.load(pointer.get, offset), value) : value;
    const finish = (): void => {
      for (const other of accumulators.slice(1)) {
        if (other !== undefined) rowEnd.push(first.set(fold(first.get, other.get)));
      }
      rowEnd.push(
        first.set(fold(first.get, v128.shuffle(first.get, first.get, 2, 3, 0, 1))),
        first.set(fold(first.get, v128.shuffle(first.get, first.get, 1, 0, 3, 2))),
        f32.store(pointer.get, total, offset),
      );
    };
    // The array is read when the module is written, after all accumulators were asked for.
    return { isRow, accumulators, accumulator: withEnd(accumulator, finish, rowEnd), fill };
  }
  return { isRow, accumulators, accumulator, fill };
}

/** Writes the end anew whenever there is another accumulator. */
function withEnd(accumulator: (i: number) => Local, finish: () => void, end: Code[]): (i: number) => Local {
  finish();
  return (i) => {
    const local = accumulator(i);
    end.length = 0;
    finish();
    return local;
  };
}

/** A loop that writes the identity of a fold to all of its results. */
function fillOf({ f, to, over }: Reduction, levels: readonly Level[]): Loop {
  const axes = [...new Set(levels.map(({ axis }) => axis))]
    .filter((axis) => !over[axis])
    .sort((a, b) => a - b);
  const sizeOf = (axis: number): number =>
    levels.reduce((size, level) => (level.axis === axis ? size * level.size : size), 1);
  const sizes = axes.map(sizeOf);
  const strides = axes.map((axis) => to.strides[axis] ?? 0);
  return {
    kind: 'loop',
    pass: 'forward',
    order: 'row',
    sizes: sizes.length === 0 ? [1] : sizes,
    terms: [],
    stores: [
      {
        from: { kind: 'constant', value: identities[f] },
        to: { cell: to.cell, offset: to.offset, strides: strides.length === 0 ? [1] : strides },
      },
    ],
    reductions: [],
  };
}

// ---- small things

/**
 * An address, and the bytes behind it. A pointer that moves backwards may come to stand before the memory, which only a sum
 * that wraps allows.
 */
function addressOf({ strides }: Access, pointer: Local, offset: number): [address: Code, offset: number] {
  return strides.some((stride) => stride < 0)
    ? [i32.add(pointer.get, i32.const(offset)), 0]
    : [pointer.get, offset];
}

function storeCode(pointer: Local, value: Local, at: number, stride: number, lanes: number): Code {
  if (stride === 1) {
    if (lanes === LANES) return v128.store(pointer.get, value.get, at);
    if (lanes === 1) return v128.storeLane(pointer.get, value.get, 0, at);
    const half = v128.storeHalf(pointer.get, value.get, 0, at);
    return lanes === 2 ? half : [half, v128.storeLane(pointer.get, value.get, 2, at + 8)];
  }
  return Array.from({ length: lanes }, (_, lane) =>
    v128.storeLane(pointer.get, value.get, lane, at + 4 * stride * lane),
  );
}

function keyOf({ cell, offset, strides }: Access): string {
  return `${cell},${offset},${strides}`;
}

/** How often each register is read by what is stored or reduced in the end. */
function usesIn({ terms, stores, reductions }: Loop): number[] {
  const uses = terms.map(() => 0);
  const use = (argument: Argument): void => {
    if (argument.kind === 'register') uses[argument.index] = (uses[argument.index] ?? 0) + 1;
  };
  for (const { from } of [...stores, ...reductions]) use(from);
  for (let i = terms.length - 1; i >= 0; i--)
    if ((uses[i] ?? 0) > 0) for (const each of terms[i]?.args ?? []) use(each);
  return uses;
}

/** The products that are computed where they are added. */
function inlinedIn({ terms, reductions }: Loop, uses: readonly number[]): boolean[] {
  const inlined = terms.map(() => false);
  const take = (argument: Argument | undefined): boolean => {
    if (argument?.kind !== 'register' || uses[argument.index] !== 1) return false;
    if (terms[argument.index]?.f !== 'mul') return false;
    inlined[argument.index] = true;
    return true;
  };
  for (const [i, { f, args }] of terms.entries()) {
    if (!uses[i]) continue;
    if (f === 'sub' || (f === 'add' && !take(args[0]))) take(args[1]);
  }
  for (const { f, from } of reductions) if (f === 'sum') take(from);
  return inlined;
}
