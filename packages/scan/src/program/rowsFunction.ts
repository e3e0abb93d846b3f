import { type Code, i32, v128 } from '../emit/code.js';
import { forLoop, sequence } from '../emit/control.js';
import { createFunction, type FunctionBuilder, type Local } from '../emit/function.js';
import { apply } from '../emit/functions.js';
import type { Region } from '../plan/layout.js';
import { type Call, type CallArgument, type Loop, readsOf, writesOf } from '../plan/work.js';
import type { LoopContext, Place } from './loop/context.js';
import { loopCode } from './loop/loopCode.js';
import { entry } from './table.js';
import type { Writer } from './writer.js';

type RowWork = Loop | Call;

/** The index of a function of the table's address and a range of rows, that runs works for each of the rows. */
export function rowsFunction(writer: Writer, works: readonly RowWork[]): number {
  const index = writer.rowsFunctions.get(works) ?? addRowsFunction(writer, works);
  writer.rowsFunctions.set(works, index);
  return index;
}

function addRowsFunction(writer: Writer, works: readonly RowWork[]): number {
  const fn = createFunction(['i32', 'i32', 'i32']);
  const [at, first, behind] = [fn.param(0), fn.param(1), fn.param(2)];
  // Made first: variables of the code below are reused, these must not be.
  const row = fn.local('i32');
  const pointers = new Map(regionsOf(writer, works).map((region) => [region, fn.local('i32')]));
  const context = contextOf(writer, fn, pointers);
  const body = works.map((work) => workCode(writer, work, context));
  const starts = [...pointers].map(([region, pointer]) =>
    pointer.set(rowAddress(writer, entry(writer.table, at.get, region), region, first.get)),
  );
  const moves = [...pointers].map(([region, pointer]) => moveCode(writer, region, pointer));
  const range = { from: first.get, to: behind.get, step: 1 };
  fn.add(sequence(...starts), forLoop(row, range, sequence(...body, ...moves)));
  return writer.module.add(fn);
}

function regionsOf({ regions }: Writer, works: readonly RowWork[]): Region[] {
  const cells = works.flatMap((work) => [...readsOf(work), ...writesOf(work)]);
  return [...new Set(cells.map((cell) => regions.spotOf(cell).region))];
}

/** The address of a row of a region that begins at `base`. Rows that all steps share have one address. */
export function rowAddress({ regions }: Writer, base: Code, region: Region, row: Code): Code {
  return regions.isBySteps(region)
    ? i32.add(base, i32.mul(row, i32.const(4 * regions.pitchOf(region))))
    : base;
}

/** Moves the pointer to a region to the next row. */
function moveCode({ regions }: Writer, region: Region, pointer: Local): Code {
  return regions.isByRows(region)
    ? pointer.set(i32.add(pointer.get, i32.const(4 * regions.pitchOf(region))))
    : [];
}

function contextOf(
  { module, multiplyAdd, regions }: Writer,
  fn: FunctionBuilder,
  pointers: ReadonlyMap<Region, Local>,
): LoopContext {
  const symbols = {
    indexOf: (name: string) => module.indexOf(name),
    scratch: fn.local('v128'),
    constant: (n: number) => v128.const(n, n, n, n),
  };
  return {
    fn,
    multiplyAdd,
    place(cell) {
      const { region, offset } = regions.spotOf(cell);
      const pointer = pointers.get(region);
      if (pointer === undefined) throw new Error(`no pointer to ${region}`);
      return { pointer, offset: 4 * offset };
    },
    apply(f, args) {
      return apply(
        f,
        args.map(({ get }) => get),
        symbols,
      );
    },
  };
}

function workCode({ kernel }: Writer, work: RowWork, context: LoopContext): Code {
  if (work.kind === 'loop') return loopCode(work, context);
  return kernel(work.name, ...work.args.map((each) => argumentCode(each, context.place)));
}

function argumentCode(argument: CallArgument, place: (cell: number) => Place): Code {
  if (typeof argument === 'number') return i32.const(argument);
  const { pointer, offset } = place(argument.cell);
  return i32.add(pointer.get, i32.const(offset + 4 * argument.offset));
}
