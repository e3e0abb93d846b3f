// Sizes, and where everything stands in the workspace. Rows of a time step stand one behind the other, [T, B, …]: row
// t B + b. What passes from step to step (memory, weights, reads, h, c) has B rows more: row t B + b is what step t finds,
// row (t + 1) B + b what it leaves.
import { savedSize, workSize } from '../../addressing/assembly/address';
import { headSize } from '../../addressing/assembly/squashing';
import { padded16, padded4, padded8 } from '../../core/assembly/lanes';
import { transposedProductWork } from '../../core/assembly/matrix';
import { beginAt, end, take } from '../../core/assembly/workspace';

export let B = 0, T = 0, I = 0, O = 0, U = 0, layers = 0, N = 0, M = 0, R = 0, W = 0, S = 0;
export let recurrent = false, bounded = false, writeFirst = false, tiled = false, logits = false;

/** Padded: rows of h, gates, head parameters, outputs, reads; n = N; all heads. */
export let h_ = 0, gates_ = 0, head_ = 0, out_ = 0, reads_ = 0, n = 0, heads = 0;
/** Gates of an LSTM: four blocks; of a feed-forward layer: one. */
export let blocks = 0, block_ = 0, P = 0;

// Packed weights and, for batches, their transposes
export let inputKernel: usize = 0, readKernel: usize = 0, recurrentKernels: usize = 0, lowerKernels: usize = 0;
export let headKernel: usize = 0, outputKernel: usize = 0, readOutputKernel: usize = 0;
export let inputKernelT: usize = 0, readKernelT: usize = 0, recurrentKernelsT: usize = 0, lowerKernelsT: usize = 0;
export let headKernelT: usize = 0, outputKernelT: usize = 0, readOutputKernelT: usize = 0;
// Forward
export let x: usize = 0, gates: usize = 0, cells: usize = 0, squashed: usize = 0, hidden: usize = 0;
export let raw: usize = 0, parameters: usize = 0, reads: usize = 0, outputs: usize = 0;
export let tapes: usize = 0, inverses: usize = 0, weights: usize = 0, saved: usize = 0;
// Backward
export let dGates: usize = 0, dRaw: usize = 0, dOutputs: usize = 0, dHiddenOut: usize = 0, dReadsOut: usize = 0;
export let dHidden: usize = 0, dCell: usize = 0, dReads: usize = 0, dTape: usize = 0, dWeights: usize = 0;
export let dX: usize = 0, addressWork: usize = 0, found: usize = 0, productWork: usize = 0, rowWork: usize = 0;

/** Reads the sizes: B, T, I, O, U, layers, N, M, R, W, S, controller, activation, order, flags; 32-bit integers each. */
function readSizes(sizes: usize): void {
  B = load<i32>(sizes), T = load<i32>(sizes, 4), I = load<i32>(sizes, 8), O = load<i32>(sizes, 12);
  U = load<i32>(sizes, 16), layers = load<i32>(sizes, 20), N = load<i32>(sizes, 24), M = load<i32>(sizes, 28);
  R = load<i32>(sizes, 32), W = load<i32>(sizes, 36), S = load<i32>(sizes, 40);
  recurrent = load<i32>(sizes, 44) == 0;
  bounded = load<i32>(sizes, 48) == 1;
  writeFirst = load<i32>(sizes, 52) == 0;
  const flags = load<i32>(sizes, 56);
  tiled = (flags & 1) != 0, logits = (flags & 2) != 0;
  heads = R + W;
  P = heads * headSize(M, S) + 2 * W * M;
  h_ = padded8(U), head_ = padded8(P), out_ = padded8(O), reads_ = padded8(R * M), n = padded16(N);
  blocks = recurrent ? 4 : 1;
  block_ = recurrent ? padded4(U) : h_;
  gates_ = blocks * block_;
}

/** Lays everything out from `workspace` on; returns where it ends. */
export function layOut(sizes: usize, workspace: usize): f64 {
  readSizes(sizes);
  beginAt(workspace);
  layOutWeights(<f64>U, <f64>gates_, <f64>R * M);
  layOutForward(<f64>T * B, <f64>B);
  layOutBackward(<f64>T * B, <f64>B);
  return end();
}

function layOutWeights(U: f64, gates: f64, reads: f64): void {
  const stacked = U * gates * layers, lower = U * gates * (layers - 1);
  inputKernel = take(gates * I), readKernel = take(reads * gates);
  recurrentKernels = take(recurrent ? stacked : 0), lowerKernels = take(lower);
  headKernel = take(U * head_), outputKernel = take(U * out_), readOutputKernel = take(reads * out_);
  inputKernelT = take(gates * padded8(I)), readKernelT = take(gates * reads_);
  recurrentKernelsT = take(recurrent ? gates * h_ * layers : 0), lowerKernelsT = take(gates * h_ * (layers - 1));
  headKernelT = take(<f64>head_ * h_), outputKernelT = take(<f64>out_ * h_);
  readOutputKernelT = take(<f64>out_ * reads_);
}

function layOutForward(rows: f64, B: f64): void {
  const more = rows + B;
  x = take(rows * I), gates = take(rows * layers * gates_), hidden = take(more * layers * h_);
  cells = take(recurrent ? more * layers * h_ : 0), squashed = take(recurrent ? rows * layers * h_ : 0);
  raw = take(rows * head_), parameters = take(rows * head_), reads = take(more * reads_), outputs = take(rows * out_);
  tapes = take(more * M * n), inverses = take(more * n), weights = take(more * heads * n);
  saved = take(rows * heads * savedSize(n, S));
}

function layOutBackward(rows: f64, B: f64): void {
  dGates = take(rows * layers * gates_), dRaw = take(rows * head_), dOutputs = take(rows * out_);
  dHiddenOut = take(rows * h_), dReadsOut = take(rows * reads_), dX = take(rows * padded8(I));
  dHidden = take(B * layers * h_), dCell = take(B * layers * h_), dReads = take(B * reads_);
  dTape = take(B * M * n), dWeights = take(B * heads * n);
  addressWork = take(workSize(n, S)), found = take(W > 1 ? <f64>M * n : 0);
  const depth = max(max(U, R * M), I), columns = max(max(gates_, head_), out_);
  productWork = take(transposedProductWork(depth, columns));
  rowWork = take(max(columns, 4 * padded4(depth)));
}
