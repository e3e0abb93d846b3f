// Tensors are [B, T, width]; in the workspace rows of a time step stand one behind the other, [T, B, pitch].
import { floats } from '../../core/assembly/lanes';

export function receiveRows(to: usize, pitch: i32, from: usize, width: i32, B: i32, T: i32): void {
  for (let b = 0; b < B; b++) {
    for (let t = 0; t < T; t++, from += floats(width)) {
      memory.copy(to + floats((t * B + b) * pitch), from, floats(width));
    }
  }
}

export function returnRows(to: usize, from: usize, pitch: i32, width: i32, B: i32, T: i32): void {
  for (let b = 0; b < B; b++) {
    for (let t = 0; t < T; t++, to += floats(width)) {
      memory.copy(to, from + floats((t * B + b) * pitch), floats(width));
    }
  }
}
