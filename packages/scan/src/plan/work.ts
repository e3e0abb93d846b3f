import type { Kind, Function as MapFunction } from '../graph/graph.js';

/** Storage for a value, or for several that are parts of one. */
export interface Cell {
  /** How many floats, without padding. */
  readonly size: number;
  readonly kind: Kind;
  /** Whether the forward or the backward pass writes it; sources belong to neither. */
  readonly pass: Pass | 'source';
  /** The numbers of a constant. */
  readonly data?: Float32Array;
}

export type Pass = 'forward' | 'backward';

/** Numbers of a cell over the axes of a loop. */
export interface Access {
  readonly cell: number;
  readonly offset: number;
  readonly strides: readonly number[];
}

/** What a function in a loop is applied to: a number that the loop computed, one of a cell, or a constant. */
export type Argument =
  | { readonly kind: 'register'; readonly index: number }
  | { readonly kind: 'cell'; readonly access: Access }
  | { readonly kind: 'constant'; readonly value: number };

/** register[i] = f(…args), i being the place among the loop's terms. */
export interface Term {
  readonly f: MapFunction;
  readonly args: readonly Argument[];
}

/** Writes an argument. */
export interface Store {
  readonly from: Argument;
  readonly to: Access;
}

export type FoldFunction = 'sum' | 'prod' | 'max' | 'min';

/** Folds an argument over the axes that are marked; `to` has stride 0 on these. */
export interface Reduction {
  readonly f: FoldFunction;
  readonly from: Argument;
  readonly over: readonly boolean[];
  readonly to: Access;
}

/** For all indices on the axes: terms, then stores, and reductions. */
export interface Loop {
  readonly kind: 'loop';
  readonly pass: Pass;
  readonly order: Kind;
  readonly sizes: readonly number[];
  readonly terms: readonly Term[];
  readonly stores: readonly Store[];
  readonly reductions: readonly Reduction[];
}

/** An integer, or where contiguous numbers lie. */
export type CallArgument = number | { readonly cell: number; readonly offset: number };

/** A function of the fixed module, for each sequence. */
export interface Call {
  readonly kind: 'call';
  readonly pass: Pass;
  readonly order: Kind;
  readonly name: string;
  readonly args: readonly CallArgument[];
  readonly reads: readonly number[];
  readonly writes: number;
}

/** Rows of a cell: `count` of them for a sequence, `step` apart. */
export interface Rows {
  readonly cell: number;
  readonly offset: number;
  readonly step: number;
  readonly count: number;
}

/** A matrix that all sequences share, and how many rows and columns it has where it lies. */
export interface Weight {
  readonly cell: number;
  readonly offset: number;
  readonly rows: number;
  readonly columns: number;
}

/** out += a · weight, or a · weightᵀ, for the rows of all sequences at once. */
export interface Product {
  readonly kind: 'product';
  readonly pass: Pass;
  readonly order: 'row';
  readonly a: Rows;
  readonly weight: Weight;
  readonly transposed: boolean;
  readonly out: Rows;
  /** What `out` holds before: zeros, a row for all sequences, or rows; `added`: what is there. */
  readonly start: 'zeros' | 'added' | { readonly cell: number; readonly offset: number };
}

/** out = Σ aᵀ·d over all sequences and steps. */
export interface WeightSlope {
  readonly kind: 'weightSlope';
  readonly pass: 'backward';
  readonly order: 'sum';
  readonly a: Rows;
  readonly d: Rows;
  readonly depth: number;
  readonly columns: number;
  readonly out: { readonly cell: number; readonly offset: number };
}

/** out = Σ d over all sequences and steps. */
export interface RowSum {
  readonly kind: 'rowSum';
  readonly pass: 'backward';
  readonly order: 'sum';
  readonly d: { readonly cell: number; readonly offset: number };
  readonly count: number;
  readonly out: { readonly cell: number; readonly offset: number };
}

export type Work = Loop | Call | Product | WeightSlope | RowSum;

/** A function of works, computed once for each: works do not change. */
function once<W extends Work, T>(compute: (work: W) => T): (work: W) => T {
  const known = new WeakMap<W, T>();
  return (work) => {
    const before = known.get(work);
    if (before !== undefined) return before;
    const made = compute(work);
    known.set(work, made);
    return made;
  };
}

/** The cells that a work reads. */
export const readsOf = /* @__PURE__ */ once((work: Work): readonly number[] => {
  switch (work.kind) {
    case 'loop':
      return accessesOf(work).map(({ cell }) => cell);
    case 'call':
      return [...work.reads];
    case 'product': {
      const { start, out } = work;
      const before = typeof start === 'object' ? [start.cell] : start === 'added' ? [out.cell] : [];
      return [work.a.cell, work.weight.cell, ...before];
    }
    case 'weightSlope':
      return [work.a.cell, work.d.cell];
    case 'rowSum':
      return [work.d.cell];
  }
});

/** The cells that it writes. */
export const writesOf = /* @__PURE__ */ once((work: Work): readonly number[] => {
  switch (work.kind) {
    case 'loop':
      return [...work.stores, ...work.reductions].map(({ to }) => to.cell);
    case 'call':
      return [work.writes];
    default:
      return [work.out.cell];
  }
});

/** The cells that a work reads or writes. */
export function cellsOf(work: Work): number[] {
  return [...readsOf(work), ...writesOf(work)];
}

/** What a loop reads from cells. */
export const accessesOf = /* @__PURE__ */ once(({ terms, stores, reductions }: Loop): readonly Access[] => {
  const accesses: Access[] = [];
  const add = (argument: Argument): void => {
    if (argument.kind === 'cell') accesses.push(argument.access);
  };
  for (const { args } of terms) args.forEach(add);
  for (const { from } of stores) add(from);
  for (const { from } of reductions) add(from);
  return accesses;
});
