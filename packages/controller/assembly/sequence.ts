// All steps of one LSTM layer, where the input of every step is known before the first. Rows of a time step stand one behind
// the other, [T, B, …]; cells and hidden have B rows more: row t B + b is what step t finds, row (t + 1) B + b what it leaves.
// Gates are rows of 4 u, u = U padded to four; cells and hidden rows of `row`, U padded to eight.
import { floats, padded4, padded8 } from '../../core/assembly/lanes';
import {
  addProduct, addRowProductTransposed, packTransposed,
} from '../../core/assembly/matrix';
import { add, clearPadding, zero } from '../../core/assembly/strip';
import { lstm, lstmBackward } from './lstm';

/** `gates` hold bias and input's part; `recurrent` is packed. Writes cells and hidden behind their first B rows. */
export function lstmSequence(
  gates: usize, cells: usize, squashed: usize, hidden: usize, recurrent: usize, T: i32, B: i32, U: i32,
): void {
  const u = padded4(U), row = padded8(U), columns = 4 * u;
  const step = floats(B * row);
  for (let t = 0; t < T; t++) {
    addProduct(gates, columns, hidden, row, recurrent, B, U, columns);
    for (let b = 0; b < B; b++, gates += floats(columns), cells += floats(row), hidden += floats(row)) {
      lstm(gates, cells, cells + step, squashed, hidden + step, u);
      squashed += floats(row);
    }
  }
}

/** The floats of the work memory of `lstmSequenceBackward`. */
export function lstmSequenceWork(B: i32, U: i32): i32 {
  return B < fewRows ? 4 * padded4(U) : 4 * padded4(U) * padded8(U);
}

/**
 * Writes `dGates`, the gradients of the gates' sums of all steps, from `dHiddens`, those of what layers above and the output
 * take of each step. `dHidden` and `dCell` go from the gradients of the last state to those of the first.
 */
export function lstmSequenceBackward(
  dGates: usize, dHidden: usize, dCell: usize, dHiddens: usize,
  gates: usize, cells: usize, squashed: usize, recurrent: usize, work: usize, T: i32, B: i32, U: i32,
): void {
  const u = padded4(U), row = padded8(U), columns = 4 * u;
  if (B >= fewRows) packTransposed(work, recurrent, U, columns);
  for (let t = T - 1; t >= 0; t--) {
    add(dHidden, dHiddens + floats(t * B * row), B * row);
    const dSums = dGates + floats(t * B * columns);
    for (let b = 0; b < B; b++) {
      const own = floats((t * B + b) * columns), at = floats((t * B + b) * row), shift = floats(b * row);
      lstmBackward(dGates + own, dCell + shift, dHidden + shift, gates + own, cells + at, squashed + at, u);
      clearPadding(dGates + own, U, u, 4);
    }
    zero(dHidden, B * row);
    if (B >= fewRows) {
      addProduct(dHidden, row, dSums, columns, work, B, columns, row);
    } else {
      for (let b = 0; b < B; b++) {
        addRowProductTransposed(dHidden + floats(b * row), dSums + floats(b * columns), recurrent, work, U, columns);
      }
    }
  }
}

/** Fewer rows than a tile has: they go through the packed weight backwards, more need its transpose. */
const fewRows: i32 = 4;
