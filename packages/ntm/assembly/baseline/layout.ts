// Sizes, and where everything stands in the workspace: rows as in ../layout.ts, [T, B, …], those of h and c B rows longer.
// What there is of each layer stands one layer behind the other, `…Size` floats apart.
import { lstmSequenceWork } from '../../../controller/assembly/sequence';
import { floats, padded4, padded8 } from '../../../core/assembly/lanes';
import { transposedProductWork } from '../../../core/assembly/matrix';
import { beginAt, end, take } from '../../../core/assembly/workspace';

export let B = 0, T = 0, I = 0, O = 0, U = 0, layers = 0;
export let tiled = false;

/** Padded: rows of h and c, one block of gates, all four, inputs, outputs. */
export let h_ = 0, block_ = 0, gates_ = 0, in_ = 0, out_ = 0;

// Packed weights
let inputKernels: usize = 0, lowerKernels: usize = 0, recurrentKernels: usize = 0, outputKernels: usize = 0;
export let kernelT: usize = 0;
// Forward
export let x: usize = 0, outputs: usize = 0;
let gates: usize = 0, cells: usize = 0, squashed: usize = 0, hiddens: usize = 0;
// Backward
export let dOutputs: usize = 0, dHiddens: usize = 0, dX: usize = 0, work: usize = 0;
let dGates: usize = 0, dHidden: usize = 0, dCell: usize = 0;

/** Reads the sizes: B, T, I, O, U, layers, tiled; 32-bit integers each. */
function readSizes(sizes: usize): void {
  B = load<i32>(sizes), T = load<i32>(sizes, 4), I = load<i32>(sizes, 8), O = load<i32>(sizes, 12);
  U = load<i32>(sizes, 16), layers = load<i32>(sizes, 20), tiled = load<i32>(sizes, 24) != 0;
  h_ = padded8(U), block_ = padded4(U), gates_ = 4 * block_, in_ = padded8(I), out_ = padded8(O);
}

/** Lays everything out from `workspace` on; returns where it ends. */
export function layOut(sizes: usize, workspace: usize): f64 {
  readSizes(sizes);
  beginAt(workspace);
  const rows = <f64>T * B, more = rows + B, every = <f64>B * layers;
  inputKernels = take(<f64>layers * I * gates_), lowerKernels = take((<f64>layers - 1) * U * gates_);
  recurrentKernels = take(<f64>layers * U * gates_), outputKernels = take(<f64>layers * U * out_);
  x = take(rows * I), outputs = take(rows * out_);
  gates = take(rows * layers * gates_), squashed = take(rows * layers * h_);
  cells = take(more * layers * h_), hiddens = take(more * layers * h_);
  dOutputs = take(rows * out_), dHiddens = take(rows * h_), dX = take(rows * in_);
  dGates = take(rows * layers * gates_), dHidden = take(every * h_), dCell = take(every * h_);
  kernelT = take(max<f64>(<f64>gates_ * max(h_, in_), <f64>out_ * h_));
  work = take(max(
    max(lstmSequenceWork(B, U), max(gates_, out_)), transposedProductWork(max(I, U), max(gates_, out_))));
  return end();
}

export function inputKernelOf(l: i32): usize { return inputKernels + floats(l * I * gates_); }
/** That of the layer below, for l > 0. */
export function lowerKernelOf(l: i32): usize { return lowerKernels + floats((l - 1) * U * gates_); }
export function recurrentKernelOf(l: i32): usize { return recurrentKernels + floats(l * U * gates_); }
export function outputKernelOf(l: i32): usize { return outputKernels + floats(l * U * out_); }

export function gatesOf(l: i32): usize { return gates + floats(l * T * B * gates_); }
export function squashedOf(l: i32): usize { return squashed + floats(l * T * B * h_); }
/** From the start on: what step t leaves is B rows further. */
export function cellsOf(l: i32): usize { return cells + floats(l * (T + 1) * B * h_); }
export function hiddensOf(l: i32): usize { return hiddens + floats(l * (T + 1) * B * h_); }

export function dGatesOf(l: i32): usize { return dGates + floats(l * T * B * gates_); }
export function dHiddenOf(l: i32): usize { return dHidden + floats(l * B * h_); }
export function dCellOf(l: i32): usize { return dCell + floats(l * B * h_); }
