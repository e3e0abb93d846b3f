import { type Code, i32 } from '../emit/code.js';

/** The numbers of a call, by name: sizes, and where regions and tensors begin. They are i32 in memory. */
export interface Table {
  /** The place of a name, in the order in which names were first asked for. */
  indexOf(name: string): number;
  readonly names: readonly string[];
}

export function createTable(): Table {
  const names: string[] = [];
  const places = new Map<string, number>();
  return {
    names,
    indexOf(name) {
      const known = places.get(name);
      if (known !== undefined) return known;
      const index = names.push(name) - 1;
      places.set(name, index);
      return index;
    },
  };
}

/** Reads the number of that name; `table` is the code of the table's address. */
export function entry(table: Table, at: Code, name: string): Code {
  return i32.load(at, 4 * table.indexOf(name));
}
