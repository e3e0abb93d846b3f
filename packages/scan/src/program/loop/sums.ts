import { type Code, f32, f32x4, v128 } from '../../emit/code.js';
import type { Local } from '../../emit/function.js';
import type { FoldFunction, Loop, Reduction } from '../../plan/work.js';
import { LANES } from './context.js';
import { fillOf } from './fill.js';
import { foldNumbers, foldVectors, identities } from './folds.js';
import { further, storeVector } from './memory.js';
import { strideAt } from './nest.js';
import type { OpenNest } from './openNest.js';

/** Where a reduction is added up while the nest runs. */
export type Sum = (InMemory | InRegisters) & {
  readonly reduction: Reduction;
  /** What fills the result before the nest, where the nest adds to memory. */
  readonly fill: Loop | undefined;
};

interface InMemory {
  readonly kind: 'memory';
}

interface InRegisters {
  readonly kind: 'row' | 'columns';
  /** The register for that vector. */
  accumulator(i: number): Local;
  /** Writes the end, when all registers are known. */
  finish(): void;
}

/** Decides where a reduction is added up. */
export function createSum(nest: OpenNest, reduction: Reduction): Sum {
  const { levels, last, isUnrolled } = nest;
  const { over } = reduction;
  const isOver = (level: number): boolean => over[levels[level]?.axis ?? 0] === true;
  // The outermost level from which on nothing but registers is needed: no level within it keeps more than a row of them.
  const start = levels.findIndex(
    (_, level) =>
      isOver(level) && levels.every((_, k) => k <= level || isOver(k) || (k === last && isUnrolled)),
  );
  const adds = start < 0 || levels.some((_, level) => level < start && isOver(level));
  const fill = adds ? fillOf(reduction, levels) : undefined;
  if (start < 0) return { kind: 'memory', reduction, fill };
  const registers = { nest, reduction, level: start - 1, adds };
  return { reduction, fill, ...(isOver(last) ? sumRow(registers) : sumColumns(registers)) };
}

interface SumParts {
  readonly nest: OpenNest;
  readonly reduction: Reduction;
  /** The level in which registers start and are written. */
  readonly level: number;
  /** Whether the result is added to what is in memory. */
  readonly adds: boolean;
}

/** A sum along the row: registers are folded, then the lanes of the last one. */
function sumRow({ nest, reduction: { f, to }, level, adds }: SumParts): InRegisters {
  const accumulators: Local[] = [];
  const accumulator = (i: number): Local => (accumulators[i] ??= startOf(nest, level, f));
  const fold = foldVectors[f];
  const total = accumulator(0);
  const end: Code[] = [];
  nest.around(level).behind.push(end);
  const { pointer, offset } = nest.pointers.at(to, level);
  const finish = (): void => {
    const others = accumulators.filter((each) => each !== total);
    const first = f32x4.extractLane(total.get, 0);
    end.push(
      ...others.map((other) => total.set(fold(total.get, other.get))),
      total.set(fold(total.get, v128.shuffle(total.get, total.get, 2, 3, 0, 1))),
      total.set(fold(total.get, v128.shuffle(total.get, total.get, 1, 0, 3, 2))),
      f32.store(pointer.get, adds ? foldNumbers[f](f32.load(pointer.get, offset), first) : first, offset),
    );
  };
  return { kind: 'row', accumulator, finish };
}

/** Sums side by side: a register for each vector of results. */
function sumColumns({ nest, reduction: { f, to }, level, adds }: SumParts): InRegisters {
  const { innermost, pointers, around } = nest;
  const accumulators: Local[] = [];
  const create = (i: number): Local => {
    const local = startOf(nest, level, f);
    const stride = strideAt(to, innermost) || 1;
    const place = further(pointers.at(to, level), LANES * i * stride);
    const lanes = Math.min(LANES, innermost.size - LANES * i);
    const added = adds
      ? local.set(foldVectors[f](v128.load(place.pointer.get, place.offset), local.get))
      : [];
    around(level).behind.push(added, storeVector(place, local, stride, lanes));
    return local;
  };
  return {
    kind: 'columns',
    accumulator: (i) => (accumulators[i] ??= create(i)),
    finish: () => undefined,
  };
}

/** A register that is the identity of a fold when a level begins. */
function startOf({ context, around }: OpenNest, level: number, f: FoldFunction): Local {
  const local = context.fn.local('v128');
  const identity = identities[f];
  around(level).before.push(local.set(v128.const(identity, identity, identity, identity)));
  return local;
}
