import { type Code, i32 } from '../emit/code.js';
import { forLoop, sequence } from '../emit/control.js';
import type { Region } from '../plan/layout.js';
import { addressIn, type Pass, pitchOf } from './pass.js';
import { rowAddress } from './rowsFunction.js';

/** Copies a tensor into rows, or rows into a tensor. */
export type Direction = 'in' | 'out';

/** Where the numbers of one copy begin, and the bytes from each row to the next. */
interface Side {
  readonly at: Code;
  readonly step: Code;
}

function copyCode({ kernel }: Pass, tensor: Side, rows: Side, direction: Direction, sizes: Code[]): Code {
  const [to, from] = direction === 'in' ? [rows, tensor] : [tensor, rows];
  return kernel('copyRows', to.at, to.step, from.at, from.step, ...sizes);
}

/** Copies a tensor `[batch, time, size]` into rows of steps, or back. */
export function copySteps(pass: Pass, cell: number, tensor: string, direction: Direction): Code {
  const { fn, B, T, read, plan } = pass;
  const size = plan.lowered.cells[cell]?.size ?? 0;
  const [b, near, far] = [fn.local('i32'), fn.local('i32'), fn.local('i32')];
  const pitch = i32.const(4 * pitchOf(pass, { cell }));
  const rows = { at: near.get, step: i32.mul(B.get, pitch) };
  const numbers = { at: far.get, step: i32.const(4 * size) };
  return sequence(
    near.set(addressIn(pass, { cell, offset: 0 }, i32.const(0))),
    far.set(read(tensor)),
    forLoop(
      b,
      { from: i32.const(0), to: B.get, step: 1 },
      sequence(
        copyCode(pass, numbers, rows, direction, [i32.const(size), T.get]),
        near.set(i32.add(near.get, pitch)),
        far.set(i32.add(far.get, i32.mul(T.get, i32.const(4 * size)))),
      ),
    ),
  );
}

/** The rows of a step that hold part of the state, or its slope. */
export interface StateRows {
  readonly leaf: number;
  readonly region: Region;
  /** The first row of the step. */
  readonly row: Code;
}

/** Copies a tensor `[batch, size]` into a slot of the state's rows, or back. */
export function copyState(
  pass: Pass,
  { leaf, region, row }: StateRows,
  tensor: string,
  direction: Direction,
): Code {
  const { read, regions, plan, B } = pass;
  const { cells, roles } = plan.lowered;
  const size = cells[roles.state[leaf] ?? -1]?.size ?? 0;
  const slot = i32.add(read(region), i32.const(4 * (plan.layout.slots[leaf] ?? 0)));
  const rows = { at: rowAddress(pass, slot, region, row), step: i32.const(4 * regions.pitchOf(region)) };
  const numbers = { at: read(tensor), step: i32.const(4 * size) };
  return copyCode(pass, numbers, rows, direction, [i32.const(size), B.get]);
}
