// The door of the LSTM kernel: one step of one layer. Tensors are float32 and contiguous: x [B, I], h and c [B, U],
// kernel [I, 4 U], recurrentKernel [U, 4 U], bias [4 U]; gates in the order i, f, g, o. The workspace, aligned to 16, keeps
// the packed weights and the gates from the forward to the backward call.
import { lstm, lstmBackward } from './lstm';
import { floats, padded4, padded8 } from '../../../tooling/simd/assembly/lanes';
import {
  addProduct, fillRows, pack, packTransposed, sumRows, transposedProduct, transposedProductWork,
} from '../../../tooling/simd/assembly/matrix';
import { copy, zero } from '../../../tooling/simd/assembly/strip';

let kernels: usize = 0, recurrents: usize = 0, gates: usize = 0, cells: usize = 0, after: usize = 0;
let squashed: usize = 0, hidden: usize = 0, kernelsT: usize = 0, recurrentsT: usize = 0;
let dGates: usize = 0, dCell: usize = 0, dHidden: usize = 0, dInput: usize = 0, work: usize = 0, top: usize = 0;

function take(count: i32): usize {
  const at = top;
  top += floats(padded4(count));
  return at;
}

function layOut(B: i32, I: i32, U: i32, workspace: usize): usize {
  const columns = 4 * padded4(U), row = padded8(U);
  top = workspace;
  kernels = take(I * columns), recurrents = take(U * columns), gates = take(B * columns);
  cells = take(B * row), after = take(B * row), squashed = take(B * row), hidden = take(B * row);
  kernelsT = take(columns * padded8(I)), recurrentsT = take(columns * row);
  dGates = take(B * columns), dCell = take(B * row), dHidden = take(B * row), dInput = take(B * padded8(I));
  work = take(max(transposedProductWork(max(I, U), columns), columns));
  return top;
}

export function lstmWorkspaceBytes(B: i32, I: i32, U: i32): usize {
  return layOut(B, I, U, 0);
}

function receiveRows(to: usize, from: usize, B: i32, U: i32, row: i32): void {
  zero(to, B * row);
  for (let b = 0; b < B; b++) copy(to + floats(b * row), from + floats(b * U), U);
}

function returnRows(to: usize, from: usize, B: i32, U: i32, row: i32): void {
  for (let b = 0; b < B; b++) copy(to + floats(b * U), from + floats(b * row), U);
}

/** Writes h′ and c′ (`nextHidden`, `nextCell`). */
export function lstmStep(
  B: i32, I: i32, U: i32, workspace: usize, x: usize, h: usize, c: usize,
  kernel: usize, recurrentKernel: usize, bias: usize, nextHidden: usize, nextCell: usize,
): void {
  layOut(B, I, U, workspace);
  const u = padded4(U), row = padded8(U), columns = 4 * u;
  pack(kernels, kernel, I, U, 4, u);
  pack(recurrents, recurrentKernel, U, U, 4, u);
  fillRows(gates, columns, bias, B, U, 4, u);
  addProduct(gates, columns, x, I, kernels, B, I, columns);
  addProduct(gates, columns, h, U, recurrents, B, U, columns);
  receiveRows(cells, c, B, U, row);
  for (let b = 0; b < B; b++) {
    const at = floats(b * row);
    lstm(gates + floats(b * columns), cells + at, after + at, squashed + at, hidden + at, u);
  }
  returnRows(nextHidden, hidden, B, U, row);
  returnRows(nextCell, after, B, U, row);
}

/** Writes the gradients of all inputs from dh′ and dc′. After `lstmStep` with the same sizes and workspace. */
export function lstmStepBackward(
  B: i32, I: i32, U: i32, workspace: usize, x: usize, h: usize, dNextHidden: usize, dNextCell: usize,
  dX: usize, dH: usize, dC: usize, dKernel: usize, dRecurrentKernel: usize, dBias: usize,
): void {
  layOut(B, I, U, workspace);
  const u = padded4(U), row = padded8(U), columns = 4 * u;
  receiveRows(dHidden, dNextHidden, B, U, row);
  receiveRows(dCell, dNextCell, B, U, row);
  for (let b = 0; b < B; b++) {
    const at = floats(b * row), own = floats(b * columns);
    lstmBackward(dGates + own, dCell + at, dHidden + at, gates + own, cells + at, squashed + at, u);
  }
  returnRows(dC, dCell, B, U, row);
  packTransposed(kernelsT, kernels, I, columns);
  packTransposed(recurrentsT, recurrents, U, columns);
  zero(dHidden, B * row);
  zero(dInput, B * padded8(I));
  addProduct(dHidden, row, dGates, columns, recurrentsT, B, columns, row);
  addProduct(dInput, padded8(I), dGates, columns, kernelsT, B, columns, padded8(I));
  returnRows(dH, dHidden, B, U, row);
  returnRows(dX, dInput, B, I, padded8(I));
  transposedProduct(dKernel, x, I, dGates, columns, work, B, I, U, 4, u);
  transposedProduct(dRecurrentKernel, h, U, dGates, columns, work, B, U, U, 4, u);
  sumRows(dBias, dGates, columns, work, B, U, 4, u);
}
