// What every step did, copied out of the workspace. `list` points to memory [B, T, N, M], reads [B, T, R, M],
// readWeights [B, T, R, N], writeWeights [B, T, W, N] and the squashed head parameters [B, T, P], laid out as the columns
// of headKernel.
import { floats } from '../../core/assembly/lanes';
import { copy, turnBack } from '../../core/assembly/strip';
import * as at from './layout';
import { returnRows } from './state';

export function copyTrace(list: usize): void {
  const memories = <usize>load<u32>(list), reads = <usize>load<u32>(list, 4), readWeights = <usize>load<u32>(list, 8);
  const writeWeights = <usize>load<u32>(list, 12), parameters = <usize>load<u32>(list, 16);
  for (let b = 0; b < at.B; b++) {
    for (let t = 0; t < at.T; t++) {
      const row = t * at.B + b, next = row + at.B, to = b * at.T + t;
      turnBack(memories + floats(to * at.N * at.M), at.tapes + floats(next * at.M * at.n), at.N, at.M, at.n, false);
      copy(reads + floats(to * at.R * at.M), at.reads + floats(next * at.reads_), at.R * at.M);
      const weights = at.weights + floats(next * at.heads * at.n);
      returnRows(readWeights + floats(to * at.R * at.N), weights, at.R, at.N, at.n);
      returnRows(writeWeights + floats(to * at.W * at.N), weights + floats(at.R * at.n), at.W, at.N, at.n);
      copy(parameters + floats(to * at.P), at.parameters + floats(row * at.head_), at.P);
    }
  }
}
