import type { Code } from '../../emit/code.js';
import type { Access, Loop } from '../../plan/work.js';
import { LANES, type LoopContext, type Place } from './context.js';
import { type Level, nestOf } from './nest.js';
import { createPointers, type Pointers } from './pointers.js';

/** The vectors of a row that are written out one by one. */
const MOST_UNROLLED = 8;

/** Code before and after what is inside a level. */
export interface Around {
  readonly before: Code[];
  readonly behind: Code[];
}

/** The nest of a loop while its code is written. */
export interface OpenNest {
  readonly loop: Loop;
  readonly context: LoopContext;
  readonly levels: readonly Level[];
  /** The level along which vectors lie: a row. */
  readonly innermost: Level;
  /** The place of the innermost level. */
  readonly last: number;
  /** Whether all vectors of a row are written out, so that no pointer moves along it. */
  readonly isUnrolled: boolean;
  readonly pointers: Pointers;
  /** Code inside a level; level −1 is around the nest. */
  around(level: number): Around;
  /** Where an access is inside the row. */
  place(access: Access): Place;
}

export function openNest(loop: Loop, context: LoopContext): OpenNest {
  const levels = nestOf(loop);
  const last = levels.length - 1;
  const innermost = levels[last];
  if (innermost === undefined) throw new Error('a loop has axes');
  const isUnrolled = innermost.size <= LANES * MOST_UNROLLED;
  const pointers = createPointers(context, levels);
  const arounds = new Map<number, Around>();
  return {
    loop,
    context,
    levels,
    innermost,
    last,
    isUnrolled,
    pointers,
    around(level) {
      const around = arounds.get(level) ?? { before: [], behind: [] };
      arounds.set(level, around);
      return around;
    },
    place: (access) => pointers.at(access, isUnrolled ? last - 1 : last),
  };
}
