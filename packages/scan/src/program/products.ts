import { type Code, i32 } from '../emit/code.js';
import { forLoop, sequence } from '../emit/control.js';
import { padded8 } from '../plan/padded.js';
import type { Product } from '../plan/work.js';
import { addressIn, type Pass, pitchOf, placeAfter } from './pass.js';

/** From so many rows of a sequence on, a call takes the rows of one sequence; below, a row of all sequences. */
export const MANY_ROWS = 4;

/** A product for the rows of `count` sequences from `first` on. */
export function productCode(pass: Pass, product: Product, first: Code, count: Code): Code {
  const add = adderOf(pass, product);
  const starts = Array.from({ length: product.out.count }, (_, i) =>
    startCode(pass, product, i, first, count),
  );
  const adds =
    product.out.count < MANY_ROWS
      ? addBySequences(pass, product, first, count, add)
      : addByRows(pass, product, first, count, add);
  return sequence(...starts, adds);
}

/** Sets the i-th row of each sequence before anything is added. */
function startCode(pass: Pass, product: Product, i: number, first: Code, count: Code): Code {
  const { out, weight, transposed, start } = product;
  if (start === 'added') return [];
  const { kernel, plan } = pass;
  const columns = transposed ? weight.rows : weight.columns;
  const to = [addressIn(pass, placeAfter(out, i * out.step), first), i32.const(4 * pitchOf(pass, out))];
  if (start === 'zeros') return kernel('clearRows', ...to, i32.const(padded8(columns)), count);
  const isRow = plan.lowered.cells[start.cell]?.kind === 'row';
  const from = addressIn(pass, placeAfter(start, isRow ? i * out.step : 0), first);
  const step = i32.const(isRow ? 4 * pitchOf(pass, start) : 0);
  return kernel('copyRows', ...to, from, step, i32.const(isRow ? padded8(columns) : columns), count);
}

/** Rows in memory: the address of the first, and the floats from each to the next. */
interface RowsAt {
  readonly at: Code;
  readonly pitch: number;
}

/** Adds products of rows to rows. */
type Add = (to: RowsAt, from: RowsAt, rows: Code) => Code;

function adderOf({ packs, read, kernel }: Pass, { weight, transposed }: Product): Add {
  const { at, transposedAt = 0 } = packs.packOf(weight, transposed);
  const packed = i32.add(read('shared'), i32.const(4 * at));
  const [depth, columns] = [i32.const(weight.rows), i32.const(padded8(weight.columns))];
  return (to, from, rows) => {
    const operands = [to.at, i32.const(to.pitch), from.at, i32.const(from.pitch), packed];
    if (!transposed) return kernel('addProduct', ...operands, rows, depth, columns);
    const other = i32.add(read('transposed'), i32.const(4 * transposedAt));
    return kernel('addTurnedProduct', ...operands, other, read('work'), rows, depth, columns);
  };
}

/** The i-th rows of all sequences at once. */
function addBySequences(pass: Pass, { a, out }: Product, first: Code, count: Code, add: Add): Code {
  return Array.from({ length: out.count }, (_, i) =>
    add(
      { at: addressIn(pass, placeAfter(out, i * out.step), first), pitch: pitchOf(pass, out) },
      { at: addressIn(pass, placeAfter(a, i * a.step), first), pitch: pitchOf(pass, a) },
      count,
    ),
  );
}

/** All rows of a sequence at once, sequence by sequence. */
function addByRows(pass: Pass, { a, out }: Product, first: Code, count: Code, add: Add): Code {
  const { fn } = pass;
  const [i, to, from] = [fn.local('i32'), fn.local('i32'), fn.local('i32')];
  return sequence(
    to.set(addressIn(pass, out, first)),
    from.set(addressIn(pass, a, first)),
    forLoop(
      i,
      { from: i32.const(0), to: count, step: 1 },
      sequence(
        add({ at: to.get, pitch: out.step }, { at: from.get, pitch: a.step }, i32.const(out.count)),
        to.set(i32.add(to.get, i32.const(4 * pitchOf(pass, out)))),
        from.set(i32.add(from.get, i32.const(4 * pitchOf(pass, a)))),
      ),
    ),
  );
}
