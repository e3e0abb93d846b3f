import type { Lowered, Roles } from './lower.js';
import {
  type Call,
  type Loop,
  type Pass,
  type Product,
  type RowSum,
  readsOf,
  type WeightSlope,
  type Work,
  writesOf,
} from './work.js';

/** Works that run for each sequence on its own, and the products that follow them, which take all sequences at once. */
export interface Segment {
  readonly rows: readonly (Loop | Call)[];
  readonly products: readonly Product[];
}

/**
 * A pass over the sequence. `before` and `after` take the rows of all steps at once: products that need nothing of the
 * step before, and those that no later step needs.
 */
export interface Schedule {
  readonly before: readonly Segment[];
  readonly steps: readonly Segment[];
  readonly after: readonly Segment[];
  /** Sums over sequences and steps, and what is made of them. */
  readonly sums: readonly (WeightSlope | RowSum)[];
  readonly closing: readonly (Loop | Call)[];
}

type RowWork = Loop | Call | Product;

export type PhaseName = 'before' | 'steps' | 'after';
export const phaseNames: readonly PhaseName[] = ['before', 'steps', 'after'];

/** All works of a schedule, in order. */
export function allOf({ before, steps, after, sums, closing }: Schedule): Work[] {
  return [...[...before, ...steps, ...after].flatMap(worksOf), ...sums, ...closing];
}

export function worksOf({ rows, products }: Segment): Work[] {
  return [...rows, ...products];
}

/** The works that `wanted` cells need. */
export function neededFor<W extends Work>(works: readonly W[], wanted: readonly (number | undefined)[]): W[] {
  const cells = new Set<number | undefined>(wanted);
  const kept: W[] = [];
  for (const work of [...works].reverse()) {
    if (!writesOf(work).some((cell) => cells.has(cell))) continue;
    kept.push(work);
    for (const cell of readsOf(work)) cells.add(cell);
  }
  return kept.reverse();
}

/** The cells that leave a pass. */
export function resultsOf(roles: Roles, pass: Pass, xSlopes: 'wanted' | 'none'): (number | undefined)[] {
  return pass === 'forward'
    ? [...roles.nextState, ...roles.outputs]
    : [...roles.newStateSlope, ...roles.capturedSlope, ...(xSlopes === 'wanted' ? roles.xSlope : [])];
}

/** Puts the works of one pass, without those that all steps share, into phases and segments. */
export function schedule({ cells, roles }: Lowered, works: readonly Work[], pass: Pass): Schedule {
  const rows = works.filter((work): work is RowWork => work.order === 'row');
  const isForward = pass === 'forward';
  const phases = phasesOf(
    rows,
    new Set(isForward ? roles.state : roles.stateSlope),
    isForward ? roles.nextState : roles.newStateSlope,
  );
  const inPhase = (name: PhaseName) =>
    segmentsOf(
      rows.filter((work) => phases.get(work) === name),
      (cell) => cells[cell]?.pass !== pass,
    );
  return {
    before: inPhase('before'),
    steps: inPhase('steps'),
    after: inPhase('after'),
    sums: works.filter(
      (work): work is WeightSlope | RowSum => work.kind === 'weightSlope' || work.kind === 'rowSum',
    ),
    closing: works.filter(
      (work): work is Loop | Call => work.order === 'sum' && (work.kind === 'loop' || work.kind === 'call'),
    ),
  };
}

/** The phase of each work. `carried` enters a step, `next` leaves it. */
function phasesOf(
  rows: readonly RowWork[],
  carried: ReadonlySet<number | undefined>,
  next: readonly (number | undefined)[],
): ReadonlyMap<RowWork, PhaseName> {
  const phases = new Map<RowWork, PhaseName>(rows.map((work) => [work, 'steps']));
  for (const work of lateWorks(rows, next)) phases.set(work, 'after');
  const dynamic = dynamicCells(rows, carried);
  const isStill = (work: RowWork): boolean => !writesOf(work).some((cell) => dynamic.has(cell));
  const early = rows.filter(
    (work) => work.kind === 'product' && phases.get(work) === 'steps' && isStill(work),
  );
  for (const work of neededFor(rows, early.flatMap(writesOf))) if (isStill(work)) phases.set(work, 'before');
  return phases;
}

/** What no later step needs, from its first product on. */
function lateWorks(rows: readonly RowWork[], next: readonly (number | undefined)[]): RowWork[] {
  const needed = new Set(neededFor(rows, next));
  const late = new Set<number>();
  return rows.filter((work) => {
    const isLate =
      readsOf(work).some((cell) => late.has(cell)) || (work.kind === 'product' && !needed.has(work));
    if (isLate) for (const cell of writesOf(work)) late.add(cell);
    return isLate;
  });
}

/** The cells that depend on what is carried from step to step. */
function dynamicCells(works: readonly Work[], carried: ReadonlySet<number | undefined>): ReadonlySet<number> {
  const dynamic = new Set<number>();
  for (const work of works) {
    if (readsOf(work).some((cell) => carried.has(cell) || dynamic.has(cell)))
      for (const cell of writesOf(work)) dynamic.add(cell);
  }
  return dynamic;
}

/** Works in levels: each level's products wait for its rows, the next level's rows for these products. */
function segmentsOf(works: readonly RowWork[], isOutside: (cell: number) => boolean): Segment[] {
  const depends = dependencies(works);
  const levels = new Map<RowWork, number>();
  for (const work of works) {
    const least = (each: RowWork): number =>
      (levels.get(each) ?? 0) + Number(each.kind === 'product' && work.kind !== 'product');
    levels.set(work, Math.max(0, ...(depends.get(work) ?? []).map(least)));
  }
  delay(works, levels, depends, isOutside);
  const last = Math.max(-1, ...levels.values());
  return Array.from({ length: last + 1 }, (_, level) => {
    const own = works.filter((work) => levels.get(work) === level);
    return {
      rows: own.filter((work): work is Loop | Call => work.kind !== 'product'),
      products: own.filter((work): work is Product => work.kind === 'product'),
    };
  });
}

/** The works that wrote, before each work, what it reads. */
function dependencies(works: readonly RowWork[]): ReadonlyMap<RowWork, readonly RowWork[]> {
  const writers = new Map<number, RowWork[]>();
  const depends = new Map<RowWork, RowWork[]>();
  for (const work of works) {
    depends.set(
      work,
      readsOf(work).flatMap((cell) => writers.get(cell) ?? []),
    );
    for (const cell of writesOf(work)) writers.set(cell, [...(writers.get(cell) ?? []), work]);
  }
  return depends;
}

/** Rows that read only what is kept anyway are computed in the level that needs them, so that they need no room between. */
function delay(
  works: readonly RowWork[],
  levels: Map<RowWork, number>,
  depends: ReadonlyMap<RowWork, readonly RowWork[]>,
  isOutside: (cell: number) => boolean,
): void {
  const users = new Map<RowWork, RowWork[]>();
  for (const work of works)
    for (const each of depends.get(work) ?? []) users.set(each, [...(users.get(each) ?? []), work]);
  const free = freeWorks(works, depends, isOutside);
  for (const work of [...works].reverse()) {
    const later = users.get(work);
    if (free.has(work) && later !== undefined)
      levels.set(work, Math.min(...later.map((user) => levels.get(user) ?? 0)));
  }
}

/** The rows that depend on nothing but cells from outside. */
function freeWorks(
  works: readonly RowWork[],
  depends: ReadonlyMap<RowWork, readonly RowWork[]>,
  isOutside: (cell: number) => boolean,
): ReadonlySet<RowWork> {
  const free = new Set<RowWork>();
  for (const work of works) {
    const from = depends.get(work) ?? [];
    const written = new Set(from.flatMap(writesOf));
    const isFree = (cell: number): boolean => isOutside(cell) || written.has(cell);
    if (work.kind !== 'product' && from.every((each) => free.has(each)) && readsOf(work).every(isFree))
      free.add(work);
  }
  return free;
}
