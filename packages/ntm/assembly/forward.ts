// A whole sequence. One step (x is its input, u = concat(x, reads)):
//
//   h = controller(u);  raw = h·headKernel + headBias;  heads = squash(raw)
//   write-first: write heads address and write the memory, then read heads address and read what it became
//   read-first: all heads address, and read heads read, what the step found; then it is written
//   logits = concat(h, reads)·outputKernel + outputBias, for all steps at the end
//
// The part of the gates that comes from x is there for all steps before the first.
import { address, savedSize } from '../../addressing/assembly/address';
import { inverseNorms } from '../../addressing/assembly/content';
import { headSize, squashErase, squashHead, squashVector } from '../../addressing/assembly/squashing';
import { feedforward } from '../../controller/assembly/feedforward';
import { lstm } from '../../controller/assembly/lstm';
import { read } from '../../memory/assembly/read';
import { write } from '../../memory/assembly/write';
import { floats } from '../../core/assembly/lanes';
import { addProduct, fillRows, pack } from '../../core/assembly/matrix';
import * as at from './layout';
import { receiveRows, returnRows } from './rows';
import * as given from './tensors';
import { receiveState } from './state';

export function forward(parameters: usize, state: usize, input: usize, logits: usize): void {
  packWeights(parameters);
  receiveState(state);
  for (let b = 0; b < at.B; b++) {
    inverseNorms(at.inverses + floats(b * at.n), at.tapes + floats(b * at.M * at.n), at.M, at.n);
  }
  startGates(parameters, input);
  const rows = at.T * at.B;
  fillRows(at.raw, at.head_, given.headBiasOf(parameters), rows, at.P, 1, at.head_);
  for (let t = 0; t < at.T; t++) step(t);
  output(parameters, logits);
}

function packWeights(parameters: usize): void {
  const inputRows = floats(at.I * at.blocks * at.U);
  const kernel = given.kernelOf(parameters, 0);
  pack(at.inputKernel, kernel, at.I, at.U, at.blocks, at.block_);
  pack(at.readKernel, kernel + inputRows, at.R * at.M, at.U, at.blocks, at.block_);
  const square = floats(at.U * at.gates_);
  for (let l = 0; l < at.layers; l++) {
    if (at.recurrent) {
      pack(at.recurrentKernels + square * l, given.recurrentKernelOf(parameters, l), at.U, at.U, at.blocks, at.block_);
    }
    if (l > 0) pack(at.lowerKernels + square * (l - 1), given.kernelOf(parameters, l), at.U, at.U, at.blocks, at.block_);
  }
  pack(at.headKernel, given.headKernelOf(parameters), at.U, at.P, 1, at.head_);
  const kernelOut = given.outputKernelOf(parameters);
  pack(at.outputKernel, kernelOut, at.U, at.O, 1, at.out_);
  pack(at.readOutputKernel, kernelOut + floats(at.U * at.O), at.R * at.M, at.O, 1, at.out_);
}

/** Fills the gates of all steps with their bias and with what comes from x. */
function startGates(parameters: usize, input: usize): void {
  const rows = at.T * at.B;
  for (let l = 0; l < at.layers; l++) {
    fillRows(at.gates + floats(l * rows * at.gates_), at.gates_, given.biasOf(parameters, l), rows, at.U, at.blocks, at.block_);
  }
  receiveRows(at.x, at.I, input, at.I, at.B, at.T);
  addProduct(at.gates, at.gates_, at.x, at.I, at.inputKernel, rows, at.I, at.gates_);
}

function step(t: i32): void {
  const row = t * at.B, rows = at.T * at.B, more = rows + at.B;
  addProduct(
    at.gates + floats(row * at.gates_), at.gates_, at.reads + floats(row * at.reads_), at.reads_, at.readKernel,
    at.B, at.R * at.M, at.gates_);
  for (let l = 0; l < at.layers; l++) layer(l, row, rows, more);
  const hidden = at.hidden + floats(((at.layers - 1) * more + row + at.B) * at.h_);
  const raw = at.raw + floats(row * at.head_);
  addProduct(raw, at.head_, hidden, at.h_, at.headKernel, at.B, at.U, at.head_);
  for (let b = 0; b < at.B; b++) headsOf(row + b);
}

function layer(l: i32, row: i32, rows: i32, more: i32): void {
  const gates = at.gates + floats((l * rows + row) * at.gates_);
  const before = floats((l * more + row) * at.h_), after = floats((l * more + row + at.B) * at.h_);
  const square = floats(at.U * at.gates_);
  if (l > 0) {
    const below = at.hidden + floats(((l - 1) * more + row + at.B) * at.h_);
    addProduct(gates, at.gates_, below, at.h_, at.lowerKernels + square * (l - 1), at.B, at.U, at.gates_);
  }
  if (at.recurrent) {
    addProduct(gates, at.gates_, at.hidden + before, at.h_, at.recurrentKernels + square * l, at.B, at.U, at.gates_);
  }
  const squashed = at.squashed + floats((l * rows + row) * at.h_);
  for (let b = 0; b < at.B; b++) {
    const shift = floats(b * at.h_), own = gates + floats(b * at.gates_);
    if (at.recurrent) {
      lstm(own, at.cells + before + shift, at.cells + after + shift, squashed + shift, at.hidden + after + shift, at.block_);
    } else {
      feedforward(at.hidden + after + shift, own, at.block_);
    }
  }
}

/** What the heads of one row of one step do. */
function headsOf(row: i32): void {
  squash(at.parameters + floats(row * at.head_), at.raw + floats(row * at.head_));
  const next = row + at.B, tape = floats(at.M * at.n), ahead = floats(at.heads * at.n);
  const old = at.tapes + tape * row, renewed = at.tapes + tape * next;
  const vectors = at.parameters + floats(row * at.head_ + at.heads * headSize(at.M, at.S));
  const writeWeights = at.weights + ahead * next + floats(at.R * at.n);
  for (let h = at.R; h < at.heads; h++) addressOf(h, row, row);
  if (!at.writeFirst) readsOf(row, row);
  write(renewed, old, writeWeights, vectors, at.W, at.M, at.n);
  inverseNorms(at.inverses + floats(next * at.n), renewed, at.M, at.n);
  if (at.writeFirst) readsOf(row, next);
}

/** The read heads address and read the memory of row `version`. */
function readsOf(row: i32, version: i32): void {
  const next = row + at.B, tape = at.tapes + floats(version * at.M * at.n);
  for (let h = 0; h < at.R; h++) {
    addressOf(h, row, version);
    const out = at.reads + floats(next * at.reads_ + h * at.M);
    read(out, tape, at.weights + floats((next * at.heads + h) * at.n), at.M, at.n);
  }
}

function addressOf(h: i32, row: i32, version: i32): void {
  address(
    at.weights + floats(((row + at.B) * at.heads + h) * at.n),
    at.saved + floats((row * at.heads + h) * savedSize(at.n, at.S)),
    at.parameters + floats(row * at.head_ + h * headSize(at.M, at.S)),
    at.weights + floats((row * at.heads + h) * at.n),
    at.tapes + floats(version * at.M * at.n), at.inverses + floats(version * at.n),
    at.M, at.N, at.n, at.S);
}

function squash(out: usize, raw: usize): void {
  const head = floats(headSize(at.M, at.S)), vector = floats(at.M);
  for (let h = 0; h < at.heads; h++, out += head, raw += head) squashHead(out, raw, at.M, at.S, at.bounded);
  for (let h = 0; h < at.W; h++, out += 2 * vector, raw += 2 * vector) {
    squashErase(out, raw, at.M);
    squashVector(out + vector, raw + vector, at.M, at.bounded);
  }
}

/** logits [B, T, O], all steps at once. */
function output(parameters: usize, logits: usize): void {
  const rows = at.T * at.B, more = rows + at.B;
  fillRows(at.outputs, at.out_, given.outputBiasOf(parameters), rows, at.O, 1, at.out_);
  const hidden = at.hidden + floats(((at.layers - 1) * more + at.B) * at.h_), reads = at.reads + floats(at.B * at.reads_);
  addProduct(at.outputs, at.out_, hidden, at.h_, at.outputKernel, rows, at.U, at.out_);
  addProduct(at.outputs, at.out_, reads, at.reads_, at.readOutputKernel, rows, at.R * at.M, at.out_);
  returnRows(logits, at.outputs, at.out_, at.O, at.B, at.T);
}
