// The doors of the memory kernels. Tensors are float32 and contiguous: memory [B, N, M], weights [B, H, N], reads, erase
// and add [B, H, M]. The workspace is aligned to 16; nothing in it needs to last between calls.
import { read, readBackward } from './read';
import { write, writeBackward } from './write';
import { floats, padded16, padded4 } from '../../core/assembly/lanes';
import { copy, turn, turnBack, zero } from '../../core/assembly/strip';

/** The bytes of the workspace of every kernel here: three tapes, two sets of rows of weights and of vectors. */
export function memoryWorkspaceBytes(_B: i32, H: i32, N: i32, M: i32): f64 {
  const n = padded16(N);
  return 4 * (3 * <f64>M * n + 2 * <f64>H * n + 4 * (<f64>H * M + 3));
}

function receiveRows(to: usize, from: usize, rows: i32, N: i32, n: i32): void {
  zero(to, rows * n);
  for (let h = 0; h < rows; h++) copy(to + floats(h * n), from + floats(h * N), N);
}

function returnRows(to: usize, from: usize, rows: i32, N: i32, n: i32): void {
  for (let h = 0; h < rows; h++) copy(to + floats(h * N), from + floats(h * n), N);
}

/** [H, M] and [H, M] to [H, 2, M]. */
function interleave(to: usize, erase: usize, add: usize, H: i32, M: i32): void {
  for (let h = 0; h < H; h++) {
    copy(to + floats(2 * h * M), erase + floats(h * M), M);
    copy(to + floats((2 * h + 1) * M), add + floats(h * M), M);
  }
}

/** Writes `reads`. */
export function readHeads(
  B: i32, H: i32, N: i32, M: i32, workspace: usize, memory: usize, weights: usize, reads: usize,
): void {
  const n = padded16(N), tape = workspace, rows = tape + floats(M * n);
  for (let b = 0; b < B; b++) {
    turn(tape, memory + floats(b * N * M), N, M, n);
    receiveRows(rows, weights + floats(b * H * N), H, N, n);
    for (let h = 0; h < H; h++) read(reads + floats((b * H + h) * M), tape, rows + floats(h * n), M, n);
  }
}

/** Writes `dMemory` and `dWeights`. */
export function readHeadsBackward(
  B: i32, H: i32, N: i32, M: i32, workspace: usize, memory: usize, weights: usize, dReads: usize,
  dMemory: usize, dWeights: usize,
): void {
  const n = padded16(N), tape = workspace, dTape = tape + floats(M * n);
  const rows = dTape + floats(M * n), dRows = rows + floats(H * n);
  for (let b = 0; b < B; b++) {
    turn(tape, memory + floats(b * N * M), N, M, n);
    receiveRows(rows, weights + floats(b * H * N), H, N, n);
    zero(dTape, M * n);
    zero(dRows, H * n);
    for (let h = 0; h < H; h++) {
      readBackward(dRows + floats(h * n), dTape, dReads + floats((b * H + h) * M), rows + floats(h * n), tape, M, n);
    }
    turnBack(dMemory + floats(b * N * M), dTape, N, M, n, false);
    returnRows(dWeights + floats(b * H * N), dRows, H, N, n);
  }
}

/** Writes `written` [B, N, M]. */
export function writeHeads(
  B: i32, H: i32, N: i32, M: i32, workspace: usize, memory: usize, weights: usize, erase: usize, add: usize, written: usize,
): void {
  const n = padded16(N), tape = workspace, out = tape + floats(M * n);
  const rows = out + floats(M * n), vectors = rows + floats(H * n);
  for (let b = 0; b < B; b++) {
    turn(tape, memory + floats(b * N * M), N, M, n);
    receiveRows(rows, weights + floats(b * H * N), H, N, n);
    interleave(vectors, erase + floats(b * H * M), add + floats(b * H * M), H, M);
    write(out, tape, rows, vectors, H, M, n);
    turnBack(written + floats(b * N * M), out, N, M, n, false);
  }
}

/** Writes the gradients of all inputs from `dWritten`. */
export function writeHeadsBackward(
  B: i32, H: i32, N: i32, M: i32, workspace: usize, memory: usize, weights: usize, erase: usize, add: usize,
  dWritten: usize, dMemory: usize, dWeights: usize, dErase: usize, dAdd: usize,
): void {
  const n = padded16(N), tape = workspace, dTape = tape + floats(M * n), found = dTape + floats(M * n);
  const rows = found + floats(M * n), dRows = rows + floats(H * n);
  const vectors = dRows + floats(H * n), dVectors = vectors + floats(2 * padded4(H * M));
  for (let b = 0; b < B; b++) {
    const memories = floats(b * N * M), ofHeads = floats(b * H * M);
    turn(tape, memory + memories, N, M, n);
    turn(dTape, dWritten + memories, N, M, n);
    receiveRows(rows, weights + floats(b * H * N), H, N, n);
    interleave(vectors, erase + ofHeads, add + ofHeads, H, M);
    zero(dRows, H * n);
    writeBackward(dRows, dVectors, dTape, rows, vectors, tape, found, H, M, n);
    turnBack(dMemory + memories, dTape, N, M, n, false);
    returnRows(dWeights + floats(b * H * N), dRows, H, N, n);
    for (let h = 0; h < H; h++) {
      copy(dErase + ofHeads + floats(h * M), dVectors + floats(2 * h * M), M);
      copy(dAdd + ofHeads + floats(h * M), dVectors + floats((2 * h + 1) * M), M);
    }
  }
}
