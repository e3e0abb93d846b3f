// A whole sequence, layer by layer, because no layer waits for one above:
//
//   h₁ = LSTM(x);  hₗ = LSTM([x, hₗ₋₁]);  logits = [h₁, …, h_L]·outputKernel + outputBias
//
// All products but those of a layer's own h are one for all steps.
import { lstmSequence } from '../../../controller/assembly/sequence';
import { floats } from '../../../core/assembly/lanes';
import { addProduct, fillRows, pack } from '../../../core/assembly/matrix';
import { receiveRows, returnRows } from '../rows';
import * as at from './layout';
import * as given from './tensors';
import { receiveState } from './state';

export function forward(parameters: usize, state: usize, input: usize, logits: usize): void {
  const rows = at.T * at.B;
  receiveState(state);
  receiveRows(at.x, at.I, input, at.I, at.B, at.T);
  fillRows(at.outputs, at.out_, given.outputBiasOf(parameters), rows, at.O, 1, at.out_);
  for (let l = 0; l < at.layers; l++) layer(l, parameters, rows);
  returnRows(logits, at.outputs, at.out_, at.O, at.B, at.T);
}

function layer(l: i32, parameters: usize, rows: i32): void {
  const gates = at.gatesOf(l), kernel = given.kernelOf(parameters, l);
  fillRows(gates, at.gates_, given.biasOf(parameters, l), rows, at.U, 4, at.block_);
  pack(at.inputKernelOf(l), kernel, at.I, at.U, 4, at.block_);
  addProduct(gates, at.gates_, at.x, at.I, at.inputKernelOf(l), rows, at.I, at.gates_);
  if (l > 0) {
    pack(at.lowerKernelOf(l), kernel + floats(at.I * 4 * at.U), at.U, at.U, 4, at.block_);
    const below = at.hiddensOf(l - 1) + floats(at.B * at.h_);
    addProduct(gates, at.gates_, below, at.h_, at.lowerKernelOf(l), rows, at.U, at.gates_);
  }
  pack(at.recurrentKernelOf(l), given.recurrentKernelOf(parameters, l), at.U, at.U, 4, at.block_);
  const hiddens = at.hiddensOf(l);
  lstmSequence(
    gates, at.cellsOf(l), at.squashedOf(l), hiddens, at.recurrentKernelOf(l), at.T, at.B, at.U);
  pack(at.outputKernelOf(l), given.outputKernelOf(parameters) + floats(l * at.U * at.O), at.U, at.O, 1, at.out_);
  addProduct(
    at.outputs, at.out_, hiddens + floats(at.B * at.h_), at.h_, at.outputKernelOf(l), rows, at.U, at.out_);
}
