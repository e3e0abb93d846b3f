import { v128 } from '../../emit/code.js';
import type { Local } from '../../emit/function.js';
import type { Access } from '../../plan/work.js';
import { loadSplat } from './memory.js';
import type { OpenNest } from './openNest.js';
import { deepestLevel } from './pointers.js';

/** Numbers that do not change along a row, in all lanes. */
export interface Hoisted {
  constant(value: number): Local;
  /** A number of a cell, read at the level where it last changes. */
  splat(access: Access): Local;
}

export function createHoisted({ context: { fn }, levels, pointers, around }: OpenNest): Hoisted {
  const locals = new Map<string, Local>();
  const once = (key: string, create: () => Local): Local => {
    const local = locals.get(key) ?? create();
    locals.set(key, local);
    return local;
  };
  return {
    constant: (value) =>
      once(Object.is(value, -0) ? '-0' : String(value), () => {
        const local = fn.local('v128');
        around(-1).before.push(local.set(v128.const(value, value, value, value)));
        return local;
      }),
    splat: (access) =>
      once(keyOf(access), () => {
        const local = fn.local('v128');
        const level = deepestLevel(access, levels);
        around(level).before.push(local.set(loadSplat(access, pointers.at(access, level))));
        return local;
      }),
  };
}

/** Accesses of the same key read the same numbers. */
export function keyOf({ cell, offset, strides }: Access): string {
  return `${cell},${offset},${strides}`;
}
