import type { Segment } from '../plan/schedule.js';
import {
  type Argument,
  accessesOf,
  type Call,
  type Loop,
  type Product,
  readsOf as readsOfWork,
  writesOf as writesOfWork,
} from '../plan/work.js';
import type { Join, Partial, Uniform } from './uniform.js';

/** Products that are added up in the same rows. */
export interface Products {
  readonly kind: 'products';
  readonly parts: readonly [Product, ...Product[]];
}

/** What the lanes of a workgroup do between two barriers; all reductions of a loop go over the same axes. */
export type Piece = Loop | Uniform | Partial | Join | Call | Products;

/** The works of segments, in order. */
export function piecesOf(segments: readonly Segment[]): Piece[] {
  return segments.flatMap(({ rows, products }) => [...rowPieces(rows), ...joined(products)]);
}

export function rowPieces(works: readonly (Loop | Call)[]): Piece[] {
  return works.flatMap((work): Piece[] => (work.kind === 'loop' ? split(work) : [work]));
}

/** A loop for each set of axes that it folds over; terms are computed again where several need them. */
function split(loop: Loop): Loop[] {
  const { sizes, reductions } = loop;
  const masks = [...new Set(reductions.map(({ over }) => over.join()))];
  const [first = '', ...others] = masks;
  const of = (mask: string) => reductions.filter(({ over }) => over.join() === mask);
  return [
    { ...loop, reductions: of(first) },
    ...others.map((mask) => ({ ...loop, stores: [], reductions: of(mask) })),
  ]
    .filter((each) => each.stores.length + each.reductions.length > 0)
    .filter((each) => each.reductions.length > 0 || !sizes.includes(0))
    .map((each) => merged(withoutIdleTerms(each)));
}

/** Terms that nothing reads keep their place, but no arguments. */
function withoutIdleTerms(loop: Loop): Loop {
  const isUsed = usesIn(loop);
  return {
    ...loop,
    terms: loop.terms.map((term, i) => (isUsed[i] ? term : { f: term.f, args: [] })),
  };
}

/** Whether each register is read by what is stored or folded in the end. */
function usesIn({ terms, stores, reductions }: Loop): boolean[] {
  const used = terms.map(() => false);
  const use = (argument: Argument): void => {
    if (argument.kind === 'register') used[argument.index] = true;
  };
  for (const { from } of [...stores, ...reductions]) use(from);
  for (let i = terms.length - 1; i >= 0; i--) if (used[i]) terms[i]?.args.forEach(use);
  return used;
}

function joined(products: readonly Product[]): Products[] {
  const groups: Products[] = [];
  for (const product of products) {
    const at = groups.findIndex(
      ({ parts: [{ out }] }) => out.cell === product.out.cell && out.offset === product.out.offset,
    );
    const group = groups[at];
    if (group !== undefined && product.start === 'added')
      groups[at] = { kind: 'products', parts: [...group.parts, product] };
    else groups.push({ kind: 'products', parts: [product] });
  }
  return groups;
}

/** The same loop over fewer axes, where neighbours lie in one another in all that it reads and writes. */
function merged(loop: Loop): Loop {
  const { sizes, terms, stores, reductions } = loop;
  const accesses = [...accessesOf(loop), ...[...stores, ...reductions].map(({ to }) => to)];
  const over = reductions[0]?.over ?? [];
  const axis = sizes.findIndex(
    (_, i) =>
      i + 1 < sizes.length &&
      over[i] === over[i + 1] &&
      accesses.every(({ strides }) => strides[i] === (strides[i + 1] ?? 0) * (sizes[i + 1] ?? 1)),
  );
  if (axis < 0) return loop;
  const without = <T>(list: readonly T[]): T[] => list.filter((_, i) => i !== axis);
  const shorter = <T extends { readonly strides: readonly number[] }>(access: T): T => ({
    ...access,
    strides: without(access.strides),
  });
  const argument = (each: Loop['stores'][number]['from']): typeof each =>
    each.kind === 'cell' ? { kind: 'cell', access: shorter(each.access) } : each;
  return merged({
    ...loop,
    sizes: without(sizes.map((size, i) => (i === axis + 1 ? size * (sizes[axis] ?? 1) : size))),
    terms: terms.map(({ f, args }) => ({ f, args: args.map(argument) })),
    stores: stores.map(({ from, to }) => ({ from: argument(from), to: shorter(to) })),
    reductions: reductions.map((each) => ({
      ...each,
      from: argument(each.from),
      over: without(each.over),
      to: shorter(each.to),
    })),
  });
}

export function readsOf(piece: Piece): readonly number[] {
  switch (piece.kind) {
    case 'products': {
      const [{ start, out }] = piece.parts;
      return [...piece.parts.flatMap(readsOfWork), ...(start === 'added' ? [out.cell] : [])];
    }
    case 'join':
      return piece.folds.map(({ from }) => from);
    case 'call':
      return readsOfWork(piece);
    default:
      return readsOfWork({ ...piece, kind: 'loop' });
  }
}

export function writesOf(piece: Piece): readonly number[] {
  switch (piece.kind) {
    case 'products':
      return piece.parts.flatMap(writesOfWork);
    case 'join':
      return piece.folds.map(({ to }) => to.cell);
    case 'partial':
      return [...piece.stores.map(({ to }) => to.cell), ...piece.to];
    case 'call':
      return writesOfWork(piece);
    default:
      return writesOfWork({ ...piece, kind: 'loop' });
  }
}

/** In levels: those of a level need nothing of each other but what every lane computes. */
export function levelsOf(pieces: readonly Piece[], isUniform: (cell: number) => boolean): Piece[][] {
  const levels: Piece[][] = [];
  const behind = new Map<number, number>();
  for (const piece of pieces) {
    const level = Math.max(0, ...readsOf(piece).map((cell) => behind.get(cell) ?? 0));
    levels[level] = [...(levels[level] ?? []), piece];
    for (const cell of writesOf(piece))
      behind.set(cell, Math.max(behind.get(cell) ?? 0, isUniform(cell) ? level : level + 1));
  }
  return levels;
}
