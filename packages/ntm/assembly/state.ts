// What passes between steps, in and out: memory [B, N, M], readWeights [B, R, N], writeWeights [B, W, N],
// reads [B, R, M] and for each layer h, c [B, U]. Where `tiled`, the state of the start has no batch and every sequence
// starts from it; its gradients are then sums over the batch. Where `logits`, the weights of the start are
// softmax of the numbers given, and the gradients are those of these numbers.
import { exp } from '../../core/assembly/elementary';
import { floats } from '../../core/assembly/lanes';
import { copy, turn, turnBack, zero } from '../../core/assembly/strip';
import * as at from './layout';
import * as given from './tensors';

export function receiveState(state: usize): void {
  const more = (at.T + 1) * at.B;
  zero(at.hidden, at.layers * more * at.h_);
  if (at.recurrent) zero(at.cells, at.layers * more * at.h_);
  zero(at.reads, more * at.reads_);
  for (let b = 0; b < at.B; b++) {
    const from = at.tiled ? 0 : b;
    turn(at.tapes + floats(b * at.M * at.n), given.memoryOf(state) + floats(from * at.N * at.M), at.N, at.M, at.n);
    const weights = at.weights + floats(b * at.heads * at.n);
    receiveWeights(weights, given.readWeightsOf(state) + floats(from * at.R * at.N), at.R);
    receiveWeights(weights + floats(at.R * at.n), given.writeWeightsOf(state) + floats(from * at.W * at.N), at.W);
    copy(at.reads + floats(b * at.reads_), given.readsOf(state) + floats(from * at.R * at.M), at.R * at.M);
    for (let l = 0; l < at.layers && at.recurrent; l++) {
      const to = floats((l * more + b) * at.h_);
      copy(at.hidden + to, given.hiddenOf(state, l) + floats(from * at.U), at.U);
      copy(at.cells + to, given.cellOf(state, l) + floats(from * at.U), at.U);
    }
  }
}

function receiveWeights(to: usize, from: usize, heads: i32): void {
  for (let h = 0; h < heads; h++, to += floats(at.n), from += floats(at.N)) {
    zero(to, at.n);
    copy(to, from, at.N);
    if (at.logits) softmax(to);
  }
}

function softmax(row: usize): void {
  const end = row + floats(at.N);
  let greatest = load<f32>(row), sum: f32 = 0;
  for (let p = row; p < end; p += 4) greatest = max(greatest, load<f32>(p));
  for (let p = row; p < end; p += 4) {
    const e = f32x4.extract_lane(exp(f32x4.splat(load<f32>(p) - greatest)), 0);
    store<f32>(p, e);
    sum += e;
  }
  for (let p = row; p < end; p += 4) store<f32>(p, load<f32>(p) / sum);
}

/** Copies the state after the last step out. */
export function returnState(state: usize): void {
  const last = at.T * at.B, more = last + at.B;
  for (let b = 0; b < at.B; b++) {
    const row = last + b;
    turnBack(given.memoryOf(state) + floats(b * at.N * at.M), at.tapes + floats(row * at.M * at.n), at.N, at.M, at.n, false);
    const weights = at.weights + floats(row * at.heads * at.n);
    returnRows(given.readWeightsOf(state) + floats(b * at.R * at.N), weights, at.R, at.N, at.n);
    returnRows(given.writeWeightsOf(state) + floats(b * at.W * at.N), weights + floats(at.R * at.n), at.W, at.N, at.n);
    copy(given.readsOf(state) + floats(b * at.R * at.M), at.reads + floats(row * at.reads_), at.R * at.M);
    for (let l = 0; l < at.layers && at.recurrent; l++) {
      const from = floats((l * more + row) * at.h_);
      copy(given.hiddenOf(state, l) + floats(b * at.U), at.hidden + from, at.U);
      copy(given.cellOf(state, l) + floats(b * at.U), at.cells + from, at.U);
    }
  }
}

export function returnRows(to: usize, from: usize, rows: i32, width: i32, pitch: i32): void {
  for (let i = 0; i < rows; i++) copy(to + floats(i * width), from + floats(i * pitch), width);
}

/** Starts the gradients that pass from step to step with those of the last state, or with zeros (`state` 0). */
export function receiveStateGradient(state: usize): void {
  zero(at.dHidden, at.layers * at.B * at.h_);
  zero(at.dCell, at.layers * at.B * at.h_);
  zero(at.dReads, at.B * at.reads_);
  zero(at.dTape, at.B * at.M * at.n);
  zero(at.dWeights, at.B * at.heads * at.n);
  if (state == 0) return;
  for (let b = 0; b < at.B; b++) {
    turn(at.dTape + floats(b * at.M * at.n), given.memoryOf(state) + floats(b * at.N * at.M), at.N, at.M, at.n);
    for (let h = 0; h < at.heads; h++) {
      const from = h < at.R
        ? given.readWeightsOf(state) + floats((b * at.R + h) * at.N)
        : given.writeWeightsOf(state) + floats((b * at.W + h - at.R) * at.N);
      copy(at.dWeights + floats((b * at.heads + h) * at.n), from, at.N);
    }
    copy(at.dReads + floats(b * at.reads_), given.readsOf(state) + floats(b * at.R * at.M), at.R * at.M);
    for (let l = 0; l < at.layers && at.recurrent; l++) {
      const to = floats((l * at.B + b) * at.h_);
      copy(at.dHidden + to, given.hiddenOf(state, l) + floats(b * at.U), at.U);
      copy(at.dCell + to, given.cellOf(state, l) + floats(b * at.U), at.U);
    }
  }
}

/** Copies the gradients of the state of the start out. */
export function returnStateGradient(state: usize): void {
  for (let b = 0; b < at.B; b++) {
    const to = at.tiled ? 0 : b, adding = at.tiled && b > 0;
    turnBack(given.memoryOf(state) + floats(to * at.N * at.M), at.dTape + floats(b * at.M * at.n), at.N, at.M, at.n, adding);
    for (let h = 0; h < at.heads; h++) {
      const d = at.dWeights + floats((b * at.heads + h) * at.n);
      if (at.logits) softmaxBackward(d, at.weights + floats((b * at.heads + h) * at.n));
      const out = h < at.R
        ? given.readWeightsOf(state) + floats((to * at.R + h) * at.N)
        : given.writeWeightsOf(state) + floats((to * at.W + h - at.R) * at.N);
      give(out, d, at.N, adding);
    }
    give(given.readsOf(state) + floats(to * at.R * at.M), at.dReads + floats(b * at.reads_), at.R * at.M, adding);
    for (let l = 0; l < at.layers && at.recurrent; l++) {
      const from = floats((l * at.B + b) * at.h_);
      give(given.hiddenOf(state, l) + floats(to * at.U), at.dHidden + from, at.U, adding);
      give(given.cellOf(state, l) + floats(to * at.U), at.dCell + from, at.U, adding);
    }
  }
}

/** dz = w (dw − Σ w dw), in place */
function softmaxBackward(d: usize, w: usize): void {
  let mean: f32 = 0;
  for (let i = 0; i < at.N; i++) mean += load<f32>(w + floats(i)) * load<f32>(d + floats(i));
  for (let i = 0; i < at.N; i++) {
    store<f32>(d + floats(i), load<f32>(w + floats(i)) * (load<f32>(d + floats(i)) - mean));
  }
}

function give(to: usize, from: usize, count: i32, adding: bool): void {
  for (let i = 0; i < count; i++) {
    const value = load<f32>(from + floats(i));
    store<f32>(to + floats(i), adding ? load<f32>(to + floats(i)) + value : value);
  }
}
