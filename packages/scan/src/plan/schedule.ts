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

/** Works that run for each sequence on its own, and the products behind them, which take all sequences at once. */
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
export function neededFor(works: readonly Work[], wanted: readonly (number | undefined)[]): Work[] {
  const cells = new Set<number | undefined>(wanted);
  const kept: Work[] = [];
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
  const rows = works.filter((work): work is Loop | Call | Product => work.order === 'row');
  const carried = new Set<number | undefined>(pass === 'forward' ? roles.state : roles.stateSlope);
  const next = pass === 'forward' ? roles.nextState : roles.newStateSlope;
  const dynamic = dynamicCells(rows, carried);
  const phases = new Map<Work, PhaseName>(rows.map((work) => [work, 'steps']));
  const needed = new Set(neededFor(rows, next));
  // What no later step needs goes behind the loop, from its first product on.
  const late = new Set<number>();
  for (const work of rows) {
    const isLate =
      readsOf(work).some((cell) => late.has(cell)) || (work.kind === 'product' && !needed.has(work));
    if (!isLate) continue;
    phases.set(work, 'after');
    for (const cell of writesOf(work)) late.add(cell);
  }
  const early = rows.filter(
    (work) =>
      work.kind === 'product' &&
      phases.get(work) === 'steps' &&
      !writesOf(work).some((cell) => dynamic.has(cell)),
  );
  for (const work of neededFor(rows, early.flatMap(writesOf))) {
    if (!writesOf(work).some((cell) => dynamic.has(cell))) phases.set(work, 'before');
  }
  const inPhase = (name: PhaseName) =>
    segmentsOf(
      rows.filter((work) => phases.get(work) === name),
      (cell) => cells[cell]?.pass !== pass,
    );
  const sums = works.filter(
    (work): work is WeightSlope | RowSum => work.kind === 'weightSlope' || work.kind === 'rowSum',
  );
  const closing = works.filter(
    (work): work is Loop | Call => work.order === 'sum' && (work.kind === 'loop' || work.kind === 'call'),
  );
  return { before: inPhase('before'), steps: inPhase('steps'), after: inPhase('after'), sums, closing };
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
function segmentsOf(
  works: readonly (Loop | Call | Product)[],
  isOutside: (cell: number) => boolean,
): Segment[] {
  const writers = new Map<number, (Loop | Call | Product)[]>();
  const levels = new Map<Work, number>();
  const depends = new Map<Work, (Loop | Call | Product)[]>();
  for (const work of works) {
    const from = readsOf(work).flatMap((cell) => writers.get(cell) ?? []);
    depends.set(work, from);
    const level = from.reduce(
      (most, each) =>
        Math.max(most, (levels.get(each) ?? 0) + Number(each.kind === 'product' && work.kind !== 'product')),
      0,
    );
    levels.set(work, level);
    for (const cell of writesOf(work)) writers.set(cell, [...(writers.get(cell) ?? []), work]);
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

/** Rows that read only what is kept anyway are computed in the level that needs them, so that they need no room between. */
function delay(
  works: readonly (Loop | Call | Product)[],
  levels: Map<Work, number>,
  depends: ReadonlyMap<Work, readonly (Loop | Call | Product)[]>,
  isOutside: (cell: number) => boolean,
): void {
  const free = new Set<Work>();
  const users = new Map<Work, Work[]>();
  for (const work of works) {
    const from = depends.get(work) ?? [];
    for (const each of from) users.set(each, [...(users.get(each) ?? []), work]);
    if (work.kind === 'product') continue;
    const written = new Set(from.flatMap(writesOf));
    if (
      from.every((each) => free.has(each)) &&
      readsOf(work).every((cell) => isOutside(cell) || written.has(cell))
    )
      free.add(work);
  }
  for (const work of [...works].reverse()) {
    const later = users.get(work);
    if (!free.has(work) || later === undefined) continue;
    levels.set(work, Math.min(...later.map((user) => levels.get(user) ?? 0)));
  }
}
