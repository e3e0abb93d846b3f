// Backpropagation through time of forward.ts, from the top layer down, from the gradients of the logits and, where given, of
// the last state. The gradient of a weight is one product for all steps.
import { lstmSequenceBackward } from '../../../controller/assembly/sequence';
import { floats } from '../../../core/assembly/lanes';
import { addProduct, packTransposed, sumRows, transposedProduct } from '../../../core/assembly/matrix';
import { zero } from '../../../core/assembly/strip';
import { receiveRows, returnRows } from '../rows';
import * as at from './layout';
import * as given from './tensors';
import { receiveStateGradient, returnStateGradient } from './state';

export function backward(dLogits: usize, dFinal: usize, dParameters: usize, dState: usize, dInput: usize): void {
  const rows = at.T * at.B;
  receiveStateGradient(dFinal);
  zero(at.dOutputs, rows * at.out_);
  receiveRows(at.dOutputs, at.out_, dLogits, at.O, at.B, at.T);
  sumRows(given.outputBiasOf(dParameters), at.dOutputs, at.out_, at.work, rows, at.O, 1, at.out_);
  if (dInput) zero(at.dX, rows * at.in_);
  for (let l = at.layers - 1; l >= 0; l--) {
    hiddenGradients(l, rows);
    lstmSequenceBackward(
      at.dGatesOf(l), at.dHiddenOf(l), at.dCellOf(l), at.dHiddens, at.gatesOf(l), at.cellsOf(l), at.squashedOf(l),
      at.recurrentKernelOf(l), at.work, at.T, at.B, at.U);
    weightGradients(l, dParameters, rows);
    if (dInput) addThrough(at.dX, at.in_, at.dGatesOf(l), at.gates_, at.inputKernelOf(l), rows, at.I);
  }
  if (dInput) returnRows(dInput, at.dX, at.in_, at.I, at.B, at.T);
  returnStateGradient(dState);
}

/** What the output and the layer above take of each step's h. */
function hiddenGradients(l: i32, rows: i32): void {
  zero(at.dHiddens, rows * at.h_);
  addThrough(at.dHiddens, at.h_, at.dOutputs, at.out_, at.outputKernelOf(l), rows, at.U);
  if (l + 1 == at.layers) return;
  addThrough(at.dHiddens, at.h_, at.dGatesOf(l + 1), at.gates_, at.lowerKernelOf(l + 1), rows, at.U);
}

/** out [rows, pitch] += d [rows, columns] · weightᵀ; weight [depth, columns], packed */
function addThrough(out: usize, pitch: i32, d: usize, columns: i32, packed: usize, rows: i32, depth: i32): void {
  packTransposed(at.kernelT, packed, depth, columns);
  addProduct(out, pitch, d, columns, at.kernelT, rows, columns, pitch);
}

function weightGradients(l: i32, list: usize, rows: i32): void {
  const found = at.hiddensOf(l), left = found + floats(at.B * at.h_), dGates = at.dGatesOf(l);
  const dKernel = given.kernelOf(list, l);
  gradient(dKernel, at.x, at.I, dGates, rows, at.I, at.U, 4, at.block_);
  if (l > 0) {
    const below = at.hiddensOf(l - 1) + floats(at.B * at.h_);
    gradient(dKernel + floats(at.I * 4 * at.U), below, at.h_, dGates, rows, at.U, at.U, 4, at.block_);
  }
  gradient(given.recurrentKernelOf(list, l), found, at.h_, dGates, rows, at.U, at.U, 4, at.block_);
  sumRows(given.biasOf(list, l), dGates, at.gates_, at.work, rows, at.U, 4, at.block_);
  const dOutputKernel = given.outputKernelOf(list) + floats(l * at.U * at.O);
  gradient(dOutputKernel, left, at.h_, at.dOutputs, rows, at.U, at.O, 1, at.out_);
}

function gradient(
  out: usize, a: usize, aPitch: i32, d: usize, rows: i32, depth: i32, width: i32, blocks: i32, stride: i32,
): void {
  transposedProduct(out, a, aPitch, d, blocks * stride, at.work, rows, depth, width, blocks, stride);
}
