import type { CellPlace } from './view.js';
import type { Access, Argument, Work } from './work.js';

type Aliases = ReadonlyMap<number, CellPlace>;

/** The same work, with cells that became parts of others read and written there. */
export function resolveAliases(work: Work, aliases: Aliases): Work {
  if (aliases.size === 0) return work;
  const at = <T extends CellPlace>(place: T): T => {
    const alias = aliases.get(place.cell);
    return alias === undefined
      ? place
      : at({ ...place, cell: alias.cell, offset: place.offset + alias.offset });
  };
  const cellOf = (cell: number): number => at({ cell, offset: 0 }).cell;
  const argument = (each: Argument): Argument =>
    each.kind === 'cell' ? { kind: 'cell', access: at<Access>(each.access) } : each;
  switch (work.kind) {
    case 'loop':
      return {
        ...work,
        terms: work.terms.map(({ f, args }) => ({ f, args: args.map(argument) })),
        stores: work.stores.map(({ from, to }) => ({ from: argument(from), to: at(to) })),
        reductions: work.reductions.map((each) => ({ ...each, from: argument(each.from), to: at(each.to) })),
      };
    case 'call':
      return {
        ...work,
        args: work.args.map((each) => (typeof each === 'object' && 'cell' in each ? at(each) : each)),
        reads: work.reads.map(cellOf),
        writes: cellOf(work.writes),
      };
    case 'product': {
      const { a, out, start, weight } = work;
      return {
        ...work,
        a: at(a),
        out: at(out),
        weight: at(weight),
        start: typeof start === 'object' ? at(start) : start,
      };
    }
    case 'weightSlope':
      return { ...work, a: at(work.a), d: at(work.d), out: at(work.out) };
    case 'rowSum':
      return { ...work, d: at(work.d), out: at(work.out) };
  }
}
