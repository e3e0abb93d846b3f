import { countOf, stridesOf } from '../graph/graph.js';
import {
  type Access,
  type Argument,
  accessesOf,
  type Call,
  type Loop,
  readsOf,
  type Store,
  writesOf,
} from './work.js';

/** Works that are one by now. Sets of groups are integers, with a bit for each group. */
interface Group {
  work: Loop | Call;
  readonly bit: bigint;
  /** The groups that it needs, directly or through others. */
  needs: bigint;
}

const has = (set: bigint, { bit }: Group): boolean => (set & bit) !== 0n;

/**
 * Joins loops over the same indices, those that read each other's numbers among them: these stay in registers. The groups
 * come out in an order in which they can run.
 */
export function fuse(works: readonly (Loop | Call)[]): (Loop | Call)[] {
  const groups: Group[] = [];
  const writers = new Map<number, bigint>();
  for (const work of works) {
    const direct = union(readsOf(work), (cell) => writers.get(cell));
    const further = union(groups, (group) => (has(direct, group) ? group.needs : 0n));
    const group = joinOne(work, groups, direct, further) ?? addGroup(work, groups);
    const needs = (direct | further) & ~group.bit;
    for (const each of groups) if (each === group || has(each.needs, group)) each.needs |= needs;
    for (const cell of writesOf(work)) writers.set(cell, (writers.get(cell) ?? 0n) | group.bit);
  }
  return inOrder(groups);
}

function union<T>(list: readonly T[], setOf: (each: T) => bigint | undefined): bigint {
  return list.reduce((set, each) => set | (setOf(each) ?? 0n), 0n);
}

function addGroup(work: Loop | Call, groups: Group[]): Group {
  const group = { work, bit: 1n << BigInt(groups.length), needs: 0n };
  groups.push(group);
  return group;
}

/**
 * Joins a loop to the latest group that it can join, if there is one.
 *
 * @param direct the groups that it reads
 * @param further what these need: it cannot join these, or they would wait for each other
 */
function joinOne(
  work: Loop | Call,
  groups: readonly Group[],
  direct: bigint,
  further: bigint,
): Group | undefined {
  if (work.kind !== 'loop') return undefined;
  for (let at = groups.length - 1; at >= 0; at--) {
    const group = groups[at];
    if (group?.work.kind !== 'loop' || has(further, group)) continue;
    const joined = join(group.work, work, has(direct, group));
    if (joined === undefined) continue;
    group.work = joined;
    return group;
  }
  return undefined;
}

/** Two loops as one; undefined where they go over other indices, or where the second reads what only the complete first has. */
function join(first: Loop, second: Loop, reads: boolean): Loop | undefined {
  if (first.order !== second.order) return undefined;
  const alike = alikeSizes(first, second);
  if (alike === undefined) return undefined;
  const [a, b] = alike;
  if (reads && !accessesOf(b).every((access) => isReadable(a, access))) return undefined;
  const shift = a.terms.length;
  const moved = (each: Argument): Argument => {
    if (each.kind === 'register') return { kind: 'register', index: each.index + shift };
    if (each.kind === 'constant') return each;
    return storeAt(a, each.access)?.from ?? each;
  };
  return {
    ...a,
    terms: [...a.terms, ...b.terms.map(({ f, args }) => ({ f, args: args.map(moved) }))],
    stores: [...a.stores, ...b.stores.map(({ from, to }) => ({ from: moved(from), to }))],
    reductions: [...a.reductions, ...b.reductions.map((each) => ({ ...each, from: moved(each.from) }))],
  };
}

/** Whether a loop that writes the cell writes exactly these numbers, or none of the cell. */
function isReadable(loop: Loop, access: Access): boolean {
  return !writesOf(loop).includes(access.cell) || storeAt(loop, access) !== undefined;
}

function storeAt({ stores }: Loop, access: Access): Store | undefined {
  return stores.find(
    ({ to }) =>
      to.cell === access.cell &&
      to.offset === access.offset &&
      to.strides.every((stride, axis) => stride === access.strides[axis]),
  );
}

function alikeSizes(a: Loop, b: Loop): [Loop, Loop] | undefined {
  if (a.sizes.length === b.sizes.length && a.sizes.every((size, axis) => size === b.sizes[axis]))
    return [a, b];
  if (countOf(a.sizes) !== countOf(b.sizes)) return undefined;
  if (isWide(a) && isFlat(b)) return [a, over(b, a.sizes)];
  return isWide(b) && isFlat(a) ? [over(a, b.sizes), b] : undefined;
}

/** Whether rows fill vectors, so that many short rows cost no more than one long one. */
function isWide({ sizes }: Loop): boolean {
  return (sizes.at(-1) ?? 1) % 4 === 0;
}

/** Whether all accesses are contiguous, or the same for all indices. */
function isFlat(loop: Loop): boolean {
  const natural = stridesOf(loop.sizes);
  const isFlatAccess = ({ strides }: Access): boolean =>
    strides.every((stride) => stride === 0) || strides.every((stride, axis) => stride === natural[axis]);
  return (
    accessesOf(loop).every(isFlatAccess) &&
    loop.stores.every(({ to }) => isFlatAccess(to) && !isConstant(to)) &&
    loop.reductions.every(({ over: axes }) => axes.every((each) => each))
  );
}

function isConstant({ strides }: Access): boolean {
  return strides.every((stride) => stride === 0);
}

/** A flat loop over other axes of as many numbers. */
function over(loop: Loop, sizes: readonly number[]): Loop {
  const natural = stridesOf(sizes);
  const access = (each: Access): Access => ({
    ...each,
    strides: isConstant(each) ? sizes.map(() => 0) : natural,
  });
  const argument = (each: Argument): Argument =>
    each.kind === 'cell' ? { kind: 'cell', access: access(each.access) } : each;
  return {
    ...loop,
    sizes,
    terms: loop.terms.map(({ f, args }) => ({ f, args: args.map(argument) })),
    stores: loop.stores.map(({ from, to }) => ({ from: argument(from), to: access(to) })),
    reductions: loop.reductions.map((each) => ({
      ...each,
      from: argument(each.from),
      over: sizes.map(() => true),
      to: { ...each.to, strides: sizes.map(() => 0) },
    })),
  };
}

function inOrder(groups: readonly Group[]): (Loop | Call)[] {
  const order = new Set<Loop | Call>();
  const visit = ({ work, needs }: Group): void => {
    for (const each of groups) if (has(needs, each) && !order.has(each.work)) visit(each);
    order.add(work);
  };
  groups.forEach(visit);
  return [...order];
}

/** The same loops without stores that nothing reads: `isRead` tells whether other works read the cell. */
export function withoutIdleStores(
  works: readonly (Loop | Call)[],
  isRead: (cell: number) => boolean,
): (Loop | Call)[] {
  const readers = new Map<number, Set<Loop | Call>>();
  for (const work of works) {
    for (const cell of readsOf(work)) readers.set(cell, (readers.get(cell) ?? new Set()).add(work));
  }
  return works.map((work) => {
    if (work.kind !== 'loop') return work;
    const stores = work.stores.filter(({ to }) => isRead(to.cell) || (readers.get(to.cell)?.size ?? 0) > 0);
    return stores.length === work.stores.length ? work : { ...work, stores };
  });
}
