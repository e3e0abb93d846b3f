// The doors of the addressing kernels: `address` of heads of a batch in one call, and the stages by themselves.
//
// Tensors are float32 and contiguous: memory [B, N, M], key [B, H, M], beta, gate, gamma [B, H], shift [B, H, S],
// weights [B, H, N]. The workspace, aligned to 16, keeps for each sequence the turned memory and the inverse norms of its
// rows, and for each head its row of parameters, the previous weights, the weights and what `address` saves.
import { address, addressBackward, savedSize, workSize } from './address';
import { inverseNorms } from './content';
import { headSize } from './squashing';
import { floats, padded16, padded4 } from '../../core/assembly/lanes';
import { copy, turn, turnBack, zero } from '../../core/assembly/strip';

export { turn, turnBack } from '../../core/assembly/strip';
export { content, contentBackward, inverseNorm, inverseNorms } from './content';
export { interpolate, interpolateBackward } from './interpolation';
export { sharpen, sharpenBackward } from './sharpening';
export { closeRing, ringSize, shift, shiftBackward } from './shift';

function tapeSize(n: i32, M: i32): i32 {
  return (M + 1) * n;
}

function slotSize(n: i32, M: i32, S: i32): i32 {
  return padded4(headSize(M, S)) + 2 * n + savedSize(n, S);
}

/** The bytes of the workspace of `addressHeads` and `addressHeadsBackward`; in floating point, where they cannot wrap. */
export function addressWorkspaceBytes(B: i32, H: i32, N: i32, M: i32, S: i32): f64 {
  const n = padded16(N);
  const forward = <f64>B * ((<f64>M + 1) * n + <f64>H * slotSize(n, M, S));
  const backward = <f64>M * n + n + padded4(headSize(M, S)) + workSize(n, S);
  return 4 * (forward + backward);
}

/** Writes `weights`. */
export function addressHeads(
  B: i32, H: i32, N: i32, M: i32, S: i32, workspace: usize,
  key: usize, beta: usize, gate: usize, shift: usize, gamma: usize, memory: usize, previous: usize, weights: usize,
): void {
  const n = padded16(N);
  for (let b = 0; b < B; b++) {
    const tape = workspace, inverses = tape + floats(M * n);
    turn(tape, memory + floats(b * N * M), N, M, n);
    inverseNorms(inverses, tape, M, n);
    workspace += floats(tapeSize(n, M));
    for (let h = 0; h < H; h++) {
      const i = b * H + h;
      const head = workspace, before = head + floats(padded4(headSize(M, S))), after = before + floats(n);
      copy(head, key + floats(i * M), M);
      const scalars = head + floats(M);
      store<f32>(scalars, load<f32>(beta + floats(i)));
      store<f32>(scalars, load<f32>(gate + floats(i)), 4);
      copy(scalars + 8, shift + floats(i * S), S);
      store<f32>(scalars + floats(S + 2), load<f32>(gamma + floats(i)));
      zero(before, n);
      copy(before, previous + floats(i * N), N);
      address(after, after + floats(n), head, before, tape, inverses, M, N, n, S);
      copy(weights + floats(i * N), after, N);
      workspace += floats(slotSize(n, M, S));
    }
  }
}

/** Writes the gradients of all inputs from `dWeights`. After `addressHeads` with the same sizes and workspace. */
export function addressHeadsBackward(
  B: i32, H: i32, N: i32, M: i32, S: i32, workspace: usize, dWeights: usize,
  dKey: usize, dBeta: usize, dGate: usize, dShift: usize, dGamma: usize, dMemory: usize, dPrevious: usize,
): void {
  const n = padded16(N);
  const dTape = workspace + floats(B * (tapeSize(n, M) + H * slotSize(n, M, S)));
  const dRow = dTape + floats(M * n), dHead = dRow + floats(n), work = dHead + floats(padded4(headSize(M, S)));
  for (let b = 0; b < B; b++) {
    const tape = workspace, inverses = tape + floats(M * n);
    zero(dTape, M * n);
    workspace += floats(tapeSize(n, M));
    for (let h = 0; h < H; h++) {
      const i = b * H + h;
      const head = workspace, before = head + floats(padded4(headSize(M, S))), after = before + floats(n);
      zero(dRow, n);
      copy(dRow, dWeights + floats(i * N), N);
      zero(dHead, headSize(M, S));
      addressBackward(dHead, dTape, dRow, after, after + floats(n), head, before, tape, inverses, work, M, N, n, S);
      copy(dKey + floats(i * M), dHead, M);
      const scalars = dHead + floats(M);
      store<f32>(dBeta + floats(i), load<f32>(scalars));
      store<f32>(dGate + floats(i), load<f32>(scalars, 4));
      copy(dShift + floats(i * S), scalars + 8, S);
      store<f32>(dGamma + floats(i), load<f32>(scalars + floats(S + 2)));
      copy(dPrevious + floats(i * N), dRow, N);
      workspace += floats(slotSize(n, M, S));
    }
    turnBack(dMemory + floats(b * N * M), dTape, N, M, n, false);
  }
}
