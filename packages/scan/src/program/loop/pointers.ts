import { type Code, i32 } from '../../emit/code.js';
import type { Local } from '../../emit/function.js';
import type { Access } from '../../plan/work.js';
import type { LoopContext, Place } from './context.js';
import { type Level, strideAt } from './nest.js';

/** The pointers of a nest. Accesses that move alike share them. */
export interface Pointers {
  /** Where an access is inside of a level; level −1 is around the nest. */
  at(access: Access, level: number): Place;
  /** Sets the pointers of a level before its first iteration. */
  starts(level: number): Code;
  /** Moves the pointers of a level by so many iterations. */
  moves(level: number, iterations: number): Code;
}

interface Pointer {
  readonly local: Local;
  /** What it is set to before the first iteration. */
  readonly from: Local;
  /** By how much an iteration moves it. */
  readonly bytes: number;
}

export function createPointers({ fn, place }: LoopContext, levels: readonly Level[]): Pointers {
  const moving = levels.map(() => new Map<string, Pointer>());
  const pointersOf = (level: number): Pointer[] => [...(moving[level]?.values() ?? [])];
  const pointerAt = (base: Local, key: string, access: Access, level: number): Local => {
    const at = levels[level];
    if (at === undefined) return base;
    const from = pointerAt(base, key, access, level - 1);
    const bytes = 4 * strideAt(access, at);
    if (bytes === 0) return from;
    const path = `${key}|${levels.slice(0, level + 1).map((each) => strideAt(access, each))}`;
    const known = moving[level]?.get(path);
    if (known !== undefined) return known.local;
    const local = fn.local('i32');
    moving[level]?.set(path, { local, from, bytes });
    return local;
  };
  return {
    at(access, level) {
      const { pointer, offset } = place(access.cell);
      return {
        pointer: pointerAt(pointer, String(pointer.get), access, level),
        offset: offset + 4 * access.offset,
      };
    },
    starts: (level) => pointersOf(level).map(({ local, from }) => local.set(from.get)),
    moves: (level, iterations) =>
      pointersOf(level).map(({ local, bytes }) =>
        local.set(i32.add(local.get, i32.const(bytes * iterations))),
      ),
  };
}

/** The deepest level that moves an access; −1 where none does. */
export function deepestLevel(access: Access, levels: readonly Level[]): number {
  return levels.reduce((deepest, level, i) => (strideAt(access, level) === 0 ? deepest : i), -1);
}
