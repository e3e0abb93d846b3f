// The door of the LSTM kernel: one step of one layer. Tensors are float32 and contiguous: x [B, I], h and c [B, U],
// kernel [I, 4 U], recurrentKernel [U, 4 U], bias [4 U]; gates in the order i, f, g, o. What is `kept` from the forward to
// the backward call is gates, c, tanh c′, x and h: little beside the weights. All pointers to workspace are aligned to 16.
import { lstm, lstmBackward } from './lstm';
import { floats, padded4, padded8 } from '../../core/assembly/lanes';
import {
  addProduct, addRowProductTransposed, fillRows, pack, packTransposed, sumRows, transposedProduct,
  transposedProductWork,
} from '../../core/assembly/matrix';
import { copy, zero } from '../../core/assembly/strip';
import { beginAt, end, take } from '../../core/assembly/workspace';

let gates: usize = 0, cells: usize = 0, squashed: usize = 0, inputs: usize = 0, hiddens: usize = 0;
let kernels: usize = 0, recurrents: usize = 0, kernelsT: usize = 0, recurrentsT: usize = 0;
let after: usize = 0, hidden: usize = 0;
let dGates: usize = 0, dCell: usize = 0, dHidden: usize = 0, dInput: usize = 0, work: usize = 0;

function layOutKept(B: f64, I: i32, U: i32, kept: usize): f64 {
  const columns = 4 * padded4(U), row = padded8(U);
  beginAt(kept);
  gates = take(B * columns), cells = take(B * row), squashed = take(B * row);
  inputs = take(B * I), hiddens = take(B * U);
  return end();
}

function layOut(B: f64, I: f64, U: i32, workspace: usize): f64 {
  const columns = 4 * padded4(U), row = padded8(U), input = padded8(<i32>I);
  beginAt(workspace);
  kernels = take(I * columns), recurrents = take(<f64>U * columns);
  after = take(B * row), hidden = take(B * row);
  kernelsT = take(<f64>columns * input), recurrentsT = take(<f64>columns * row);
  dGates = take(B * columns), dCell = take(B * row), dHidden = take(B * row), dInput = take(B * input);
  work = take(max(transposedProductWork(max(<i32>I, U), columns), columns));
  return end();
}

/** The bytes of what is kept, and of the workspace; in floating point, where they cannot wrap. */
export function lstmKeptBytes(B: i32, I: i32, U: i32): f64 {
  return layOutKept(B, I, U, 0);
}

export function lstmWorkspaceBytes(B: i32, I: i32, U: i32): f64 {
  return layOut(B, I, U, 0);
}

function receiveRows(to: usize, from: usize, B: i32, U: i32, row: i32): void {
  zero(to, B * row);
  for (let b = 0; b < B; b++) copy(to + floats(b * row), from + floats(b * U), U);
}

function returnRows(to: usize, from: usize, B: i32, U: i32, row: i32): void {
  for (let b = 0; b < B; b++) copy(to + floats(b * U), from + floats(b * row), U);
}

/** Writes h′ and c′ (`nextHidden`, `nextCell`), and what is `kept`. */
export function lstmStep(
  B: i32, I: i32, U: i32, kept: usize, workspace: usize, x: usize, h: usize, c: usize,
  kernel: usize, recurrentKernel: usize, bias: usize, nextHidden: usize, nextCell: usize,
): void {
  layOutKept(B, I, U, kept);
  layOut(B, I, U, workspace);
  const u = padded4(U), row = padded8(U), columns = 4 * u;
  copy(inputs, x, B * I);
  copy(hiddens, h, B * U);
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

/** Writes the gradients of all inputs from dh′ and dc′ and what `lstmStep` kept. */
export function lstmStepBackward(
  B: i32, I: i32, U: i32, kept: usize, workspace: usize, kernel: usize, recurrentKernel: usize,
  dNextHidden: usize, dNextCell: usize,
  dX: usize, dH: usize, dC: usize, dKernel: usize, dRecurrentKernel: usize, dBias: usize,
): void {
  layOutKept(B, I, U, kept);
  layOut(B, I, U, workspace);
  const u = padded4(U), row = padded8(U), columns = 4 * u;
  receiveRows(dHidden, dNextHidden, B, U, row);
  receiveRows(dCell, dNextCell, B, U, row);
  for (let b = 0; b < B; b++) {
    const at = floats(b * row), own = floats(b * columns);
    lstmBackward(dGates + own, dCell + at, dHidden + at, gates + own, cells + at, squashed + at, u);
  }
  returnRows(dC, dCell, B, U, row);
  pack(kernels, kernel, I, U, 4, u);
  pack(recurrents, recurrentKernel, U, U, 4, u);
  backThrough(dInput, kernels, kernelsT, B, I, columns);
  backThrough(dHidden, recurrents, recurrentsT, B, U, columns);
  returnRows(dX, dInput, B, I, padded8(I));
  returnRows(dH, dHidden, B, U, row);
  transposedProduct(dKernel, inputs, I, dGates, columns, work, B, I, U, 4, u);
  transposedProduct(dRecurrentKernel, hiddens, U, dGates, columns, work, B, U, U, 4, u);
  sumRows(dBias, dGates, columns, work, B, U, 4, u);
}

/** to [B, padded8(depth)] = dGates · weightᵀ; too few rows do not pay for turning the weight. */
function backThrough(to: usize, packed: usize, turned: usize, B: i32, depth: i32, columns: i32): void {
  const pitch = padded8(depth);
  zero(to, B * pitch);
  if (B >= 4) {
    packTransposed(turned, packed, depth, columns);
    addProduct(to, pitch, dGates, columns, turned, B, columns, pitch);
    return;
  }
  for (let b = 0; b < B; b++) {
    addRowProductTransposed(to + floats(b * pitch), dGates + floats(b * columns), packed, work, depth, columns);
  }
}
