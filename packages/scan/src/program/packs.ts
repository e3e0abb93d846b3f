import { padded8 } from '../plan/padded.js';
import type { Weight } from '../plan/work.js';

/** A packed weight: where it begins, in floats, in the shared region and among the transposed weights. */
export interface Packed {
  readonly weight: Weight;
  readonly at: number;
  /** Undefined where nothing is multiplied by its transpose. */
  readonly transposedAt: number | undefined;
}

/** The floats of regions that grow while a program is written. */
export interface Floats {
  readonly sharedFloats: number;
  readonly transposedFloats: number;
  readonly workFloats: number;
}

/** The packed weights of a program. */
export interface Packs {
  /** Packs a weight, once. */
  packOf(weight: Weight, transposed: boolean): Packed;
  all(): Packed[];
  /** Asks for so many floats to work in. */
  needWork(floats: number): void;
  floats(): Floats;
}

/** Places packed weights after the first `sharedFloats` of the shared region. */
export function createPacks(sharedFloats: number): Packs {
  const packs = new Map<string, Packed>();
  let [shared, transposedFloats, work] = [sharedFloats, 0, 0];
  const take = (size: number): number => {
    shared += size;
    return shared - size;
  };
  const takeTransposed = ({ rows, columns }: Weight): number => {
    const size = padded8(rows) * padded8(columns);
    work = Math.max(work, 4 * padded8(rows));
    transposedFloats += size;
    return transposedFloats - size;
  };
  return {
    packOf(weight, transposed) {
      const known = packs.get(keyOf(weight));
      const packed = {
        weight,
        at: known?.at ?? take(weight.rows * padded8(weight.columns)),
        transposedAt: known?.transposedAt ?? (transposed ? takeTransposed(weight) : undefined),
      };
      packs.set(keyOf(weight), packed);
      return packed;
    },
    all: () => [...packs.values()],
    needWork(floats) {
      work = Math.max(work, floats);
    },
    floats: () => ({ sharedFloats: shared, transposedFloats, workFloats: work }),
  };
}

/** Tells weights apart: parts of one cell are weights of their own. */
export function keyOf({ cell, offset, rows, columns }: Weight): string {
  return `${[cell, offset, rows, columns]}`;
}
