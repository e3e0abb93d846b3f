// h and c [B, U] of each layer, in and out. Where `tiled`, those of the start have no batch and every sequence starts from
// them; their gradients are then sums over the batch.
import { floats } from '../../../core/assembly/lanes';
import { add, copy, zero } from '../../../core/assembly/strip';
import * as at from './layout';
import * as given from './tensors';

export function receiveState(state: usize): void {
  for (let l = 0; l < at.layers; l++) {
    receive(at.hiddensOf(l), given.hiddenOf(state, l), at.tiled);
    receive(at.cellsOf(l), given.cellOf(state, l), at.tiled);
  }
}

/** Copies the state after the last step out. */
export function returnState(state: usize): void {
  const last = floats(at.T * at.B * at.h_);
  for (let l = 0; l < at.layers; l++) {
    give(given.hiddenOf(state, l), at.hiddensOf(l) + last);
    give(given.cellOf(state, l), at.cellsOf(l) + last);
  }
}

/** Starts the gradients of the last state, with zeros where nothing depends on it (`state` 0). */
export function receiveStateGradient(state: usize): void {
  for (let l = 0; l < at.layers; l++) {
    if (state) {
      receive(at.dHiddenOf(l), given.hiddenOf(state, l), false);
      receive(at.dCellOf(l), given.cellOf(state, l), false);
    } else {
      zero(at.dHiddenOf(l), at.B * at.h_);
      zero(at.dCellOf(l), at.B * at.h_);
    }
  }
}

/** Copies the gradients of the state of the start out. */
export function returnStateGradient(state: usize): void {
  for (let l = 0; l < at.layers; l++) {
    returnGradient(given.hiddenOf(state, l), at.dHiddenOf(l));
    returnGradient(given.cellOf(state, l), at.dCellOf(l));
  }
}

function receive(to: usize, from: usize, tiled: bool): void {
  zero(to, at.B * at.h_);
  for (let b = 0; b < at.B; b++) copy(to + floats(b * at.h_), from + floats(tiled ? 0 : b * at.U), at.U);
}

function give(to: usize, from: usize): void {
  for (let b = 0; b < at.B; b++) copy(to + floats(b * at.U), from + floats(b * at.h_), at.U);
}

function returnGradient(to: usize, from: usize): void {
  if (!at.tiled) {
    give(to, from);
    return;
  }
  zero(to, at.U);
  for (let b = 0; b < at.B; b++) add(to, from + floats(b * at.h_), at.U);
}
