// Backpropagation through time of forward.ts, from the gradients of the logits and, where given, of the last state.
// Gradients of weights are summed over all steps at the end, in one product each.
import { addressBackward, savedSize } from '../../addressing/assembly/address';
import {
  headSize, squashEraseBackward, squashHeadBackward, squashVectorBackward,
} from '../../addressing/assembly/squashing';
import { feedforwardBackward } from '../../controller/assembly/feedforward';
import { lstmBackward } from '../../controller/assembly/lstm';
import { readBackward } from '../../memory/assembly/read';
import { writeBackward } from '../../memory/assembly/write';
import { floats, padded8 } from '../../core/assembly/lanes';
import {
  addProduct, addRowProductTransposed, packTransposed, sumRows, transposedProduct,
} from '../../core/assembly/matrix';
import { add, clearPadding, zero } from '../../core/assembly/strip';
import * as at from './layout';
import { receiveRows, returnRows } from './rows';
import * as given from './tensors';
import { receiveStateGradient, returnStateGradient } from './state';

export function backward(dLogits: usize, dFinal: usize, dParameters: usize, dState: usize, dInput: usize): void {
  packTransposes(dInput != 0);
  receiveStateGradient(dFinal);
  outputBackward(dLogits);
  for (let t = at.T - 1; t >= 0; t--) stepBackward(t);
  weightGradients(dParameters);
  if (dInput) inputGradient(dInput);
  returnStateGradient(dState);
}

/** A single row goes through the packed weights backwards; more rows need the transpose. */
function packTransposes(input: bool): void {
  packTransposed(at.outputKernelT, at.outputKernel, at.U, at.out_);
  packTransposed(at.readOutputKernelT, at.readOutputKernel, at.R * at.M, at.out_);
  if (input) packTransposed(at.inputKernelT, at.inputKernel, at.I, at.gates_);
  if (at.B == 1) return;
  packTransposed(at.readKernelT, at.readKernel, at.R * at.M, at.gates_);
  packTransposed(at.headKernelT, at.headKernel, at.U, at.head_);
  const square = floats(at.U * at.gates_), turned = floats(at.gates_ * at.h_);
  for (let l = 0; l < at.layers; l++) {
    if (at.recurrent) {
      packTransposed(at.recurrentKernelsT + turned * l, at.recurrentKernels + square * l, at.U, at.gates_);
    }
    if (l > 0) packTransposed(at.lowerKernelsT + turned * (l - 1), at.lowerKernels + square * (l - 1), at.U, at.gates_);
  }
}

/** out [B, …] += d [B, columns]·weightᵀ; weight [depth, columns] */
function addThrough(
  out: usize, pitch: i32, d: usize, columns: i32, packed: usize, turned: usize, depth: i32,
): void {
  if (at.B == 1) addRowProductTransposed(out, d, packed, at.rowWork, depth, columns);
  else addProduct(out, pitch, d, columns, turned, at.B, columns, padded8(depth));
}

function outputBackward(dLogits: usize): void {
  const rows = at.T * at.B;
  zero(at.dOutputs, rows * at.out_);
  receiveRows(at.dOutputs, at.out_, dLogits, at.O, at.B, at.T);
  zero(at.dHiddenOut, rows * at.h_);
  zero(at.dReadsOut, rows * at.reads_);
  addProduct(at.dHiddenOut, at.h_, at.dOutputs, at.out_, at.outputKernelT, rows, at.out_, at.h_);
  addProduct(at.dReadsOut, at.reads_, at.dOutputs, at.out_, at.readOutputKernelT, rows, at.out_, at.reads_);
}

function stepBackward(t: i32): void {
  const row = t * at.B, rows = at.T * at.B, more = rows + at.B;
  const dHidden = at.dHidden + floats((at.layers - 1) * at.B * at.h_);
  add(dHidden, at.dHiddenOut + floats(row * at.h_), at.B * at.h_);
  add(at.dReads, at.dReadsOut + floats(row * at.reads_), at.B * at.reads_);
  zero(at.dRaw + floats(row * at.head_), at.B * at.head_);
  for (let b = 0; b < at.B; b++) headsBackward(row, b);
  addThrough(dHidden, at.h_, at.dRaw + floats(row * at.head_), at.head_, at.headKernel, at.headKernelT, at.U);
  for (let l = at.layers - 1; l >= 0; l--) layerBackward(l, row, rows, more);
  zero(at.dReads, at.B * at.reads_);
  addThrough(
    at.dReads, at.reads_, at.dGates + floats(row * at.gates_), at.gates_, at.readKernel, at.readKernelT, at.R * at.M);
}

function layerBackward(l: i32, row: i32, rows: i32, more: i32): void {
  const gates = floats((l * rows + row) * at.gates_), dGates = at.dGates + gates;
  const before = floats((l * more + row) * at.h_), after = floats((l * more + row + at.B) * at.h_);
  const dHidden = at.dHidden + floats(l * at.B * at.h_), dCell = at.dCell + floats(l * at.B * at.h_);
  const squashed = at.squashed + floats((l * rows + row) * at.h_);
  for (let b = 0; b < at.B; b++) {
    const shift = floats(b * at.h_), own = floats(b * at.gates_);
    if (at.recurrent) {
      lstmBackward(
        dGates + own, dCell + shift, dHidden + shift, at.gates + gates + own, at.cells + before + shift,
        squashed + shift, at.block_);
    } else {
      feedforwardBackward(dGates + own, dHidden + shift, at.hidden + after + shift, at.block_);
    }
    clearPadding(dGates + own, at.U, at.block_, at.blocks);
  }
  zero(dHidden, at.B * at.h_);
  const square = floats(at.U * at.gates_), turned = floats(at.gates_ * at.h_);
  if (at.recurrent) {
    addThrough(
      dHidden, at.h_, dGates, at.gates_, at.recurrentKernels + square * l, at.recurrentKernelsT + turned * l, at.U);
  }
  if (l > 0) {
    addThrough(
      dHidden - floats(at.B * at.h_), at.h_, dGates, at.gates_,
      at.lowerKernels + square * (l - 1), at.lowerKernelsT + turned * (l - 1), at.U);
  }
}

/** What the heads of sequence b did in the step, backwards. `dTape` goes from what the step left to what it found. */
function headsBackward(step: i32, b: i32): void {
  const row = step + b, next = row + at.B;
  const dVectors = floats(row * at.head_ + at.heads * headSize(at.M, at.S));
  const ahead = floats(at.R * at.n), dTape = at.dTape + floats(b * at.M * at.n);
  if (at.writeFirst) readsBackward(row, b, next);
  writeBackward(
    at.dWeights + floats(b * at.heads * at.n) + ahead, at.dRaw + dVectors, dTape,
    at.weights + floats(next * at.heads * at.n) + ahead, at.parameters + dVectors,
    at.tapes + floats(row * at.M * at.n), at.found, at.W, at.M, at.n);
  if (!at.writeFirst) readsBackward(row, b, row);
  for (let h = at.R; h < at.heads; h++) addressBackwardOf(h, row, b, row);
  const raw = floats(row * at.head_);
  squashBackward(at.dRaw + raw, at.parameters + raw, at.raw + raw);
}

function readsBackward(row: i32, b: i32, version: i32): void {
  const tape = at.tapes + floats(version * at.M * at.n), dTape = at.dTape + floats(b * at.M * at.n);
  for (let h = 0; h < at.R; h++) {
    readBackward(
      at.dWeights + floats((b * at.heads + h) * at.n), dTape, at.dReads + floats(b * at.reads_ + h * at.M),
      at.weights + floats(((row + at.B) * at.heads + h) * at.n), tape, at.M, at.n);
    addressBackwardOf(h, row, b, version);
  }
}

function addressBackwardOf(h: i32, row: i32, b: i32, version: i32): void {
  const head = floats(row * at.head_ + h * headSize(at.M, at.S));
  addressBackward(
    at.dRaw + head, at.dTape + floats(b * at.M * at.n), at.dWeights + floats((b * at.heads + h) * at.n),
    at.weights + floats(((row + at.B) * at.heads + h) * at.n),
    at.saved + floats((row * at.heads + h) * savedSize(at.n, at.S)), at.parameters + head,
    at.weights + floats((row * at.heads + h) * at.n),
    at.tapes + floats(version * at.M * at.n), at.inverses + floats(version * at.n), at.addressWork,
    at.M, at.N, at.n, at.S);
}

function squashBackward(d: usize, out: usize, raw: usize): void {
  const head = floats(headSize(at.M, at.S)), vector = floats(at.M);
  for (let h = 0; h < at.heads; h++, d += head, out += head, raw += head) {
    squashHeadBackward(d, out, raw, at.M, at.S, at.bounded);
  }
  for (let h = 0; h < at.W; h++, d += 2 * vector, out += 2 * vector) {
    squashEraseBackward(d, out, at.M);
    squashVectorBackward(d + vector, out + vector, at.M, at.bounded);
  }
}

function weightGradients(list: usize): void {
  const rows = at.T * at.B, more = rows + at.B, step = at.B;
  const top = at.hidden + floats(((at.layers - 1) * more + step) * at.h_);
  gradient(given.headKernelOf(list), top, at.h_, at.dRaw, at.U, at.P, 1, at.head_);
  sumRows(given.headBiasOf(list), at.dRaw, at.head_, at.rowWork, rows, at.P, 1, at.head_);
  const dOutputKernel = given.outputKernelOf(list);
  gradient(dOutputKernel, top, at.h_, at.dOutputs, at.U, at.O, 1, at.out_);
  gradient(
    dOutputKernel + floats(at.U * at.O), at.reads + floats(step * at.reads_), at.reads_, at.dOutputs,
    at.R * at.M, at.O, 1, at.out_);
  sumRows(given.outputBiasOf(list), at.dOutputs, at.out_, at.rowWork, rows, at.O, 1, at.out_);
  for (let l = 0; l < at.layers; l++) layerGradients(list, l, rows, more);
}

function layerGradients(list: usize, l: i32, rows: i32, more: i32): void {
  const dGates = at.dGates + floats(l * rows * at.gates_);
  const dKernel = given.kernelOf(list, l);
  if (l == 0) {
    gradient(dKernel, at.x, at.I, dGates, at.I, at.U, at.blocks, at.block_);
    gradient(
      dKernel + floats(at.I * at.blocks * at.U), at.reads, at.reads_, dGates, at.R * at.M, at.U, at.blocks, at.block_);
  } else {
    const below = at.hidden + floats(((l - 1) * more + at.B) * at.h_);
    gradient(dKernel, below, at.h_, dGates, at.U, at.U, at.blocks, at.block_);
  }
  if (at.recurrent) {
    const before = at.hidden + floats(l * more * at.h_);
    gradient(given.recurrentKernelOf(list, l), before, at.h_, dGates, at.U, at.U, at.blocks, at.block_);
  }
  sumRows(given.biasOf(list, l), dGates, at.gates_, at.rowWork, rows, at.U, at.blocks, at.block_);
}

function gradient(
  out: usize, a: usize, aPitch: i32, d: usize, depth: i32, width: i32, blocks: i32, stride: i32,
): void {
  transposedProduct(
    out, a, aPitch, d, blocks * stride, at.productWork, at.T * at.B, depth, width, blocks, stride);
}

function inputGradient(dInput: usize): void {
  const rows = at.T * at.B, pitch = padded8(at.I);
  zero(at.dX, rows * pitch);
  addProduct(at.dX, pitch, at.dGates, at.gates_, at.inputKernelT, rows, at.gates_, pitch);
  returnRows(dInput, at.dX, pitch, at.I, at.B, at.T);
}
