import { countOf } from '../graph/graph.js';
import type { FoldFunction, Loop } from '../plan/work.js';
import { FEW } from './folds.js';
import { type Piece, readsOf, writesOf } from './pieces.js';

/** A loop of one turn, or one fold of few terms: every lane computes it, and none waits for another. */
export interface Uniform extends Omit<Loop, 'kind'> {
  readonly kind: 'uniform';
}

/** The lanes fold their share of the terms, each lane of `parts`, into cells of so many numbers. */
export interface Partial extends Omit<Loop, 'kind'> {
  readonly kind: 'partial';
  readonly parts: number;
  readonly to: readonly number[];
}

/** Every lane folds these numbers. */
export interface Join {
  readonly kind: 'join';
  readonly parts: number;
  readonly folds: readonly {
    readonly f: FoldFunction;
    readonly from: number;
    readonly to: Loop['stores'][number]['to'];
  }[];
}

/** Has single numbers computed by every lane. `newCell` gives a cell of so many numbers. */
export function withUniform(
  pieces: readonly Piece[],
  lanes: number,
  newCell: (size: number) => number,
): Piece[] {
  return pieces.flatMap((piece): Piece[] => {
    if (piece.kind !== 'loop') return [piece];
    const { sizes, stores, reductions } = piece;
    const depth = countOf(sizes);
    if (reductions.length === 0) return depth === 1 ? [{ ...piece, kind: 'uniform' }] : [piece];
    if (reductions.some(({ over }) => over.includes(false))) return [piece];
    if (depth <= FEW) {
      const fold: Piece = { ...piece, stores: [], kind: 'uniform' };
      return stores.length === 0 ? [fold] : [{ ...piece, reductions: [] }, fold];
    }
    const parts = 2 ** Math.floor(Math.log2(Math.min(lanes, 3 * Math.sqrt(depth))));
    const to = reductions.map(() => newCell(parts));
    const folds = reductions.map((each, i) => ({ f: each.f, from: to[i] ?? 0, to: each.to }));
    return [
      { ...piece, kind: 'partial', parts, to },
      { kind: 'join', parts, folds },
    ];
  });
}

/** Cells of one number that every lane has: nothing but a piece of this kind writes them, and nothing but loops reads them. */
export function uniformCells(
  pieces: readonly Piece[],
  sizeOf: (cell: number) => number,
): ReadonlySet<number> {
  const isByAll = ({ kind }: Piece): boolean => kind === 'uniform' || kind === 'join';
  const cells = new Set(
    pieces
      .filter(isByAll)
      .flatMap(writesOf)
      .filter((cell) => sizeOf(cell) === 1),
  );
  for (const piece of pieces) {
    if (!isByAll(piece)) for (const cell of writesOf(piece)) cells.delete(cell);
    if (piece.kind === 'call' || piece.kind === 'products')
      for (const cell of readsOf(piece)) cells.delete(cell);
  }
  return cells;
}
