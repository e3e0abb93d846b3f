// Reading (Graves et al. 2014, equation 2)
//
//   r = Σ_i w(i) M(i)
//
// `tape` is the memory turned: a strip of M rows, each n = N padded to 16.
import { addColumnSums, addOuter, addRowSums, zero } from '../../core/assembly/strip';

/** Writes r, [M]. */
export function read(out: usize, tape: usize, weights: usize, M: i32, n: i32): void {
  zero(out, M);
  addRowSums(out, tape, weights, M, n);
}

/** dw(i) += dr·M(i), dM(i) += w(i) dr */
export function readBackward(
  dWeights: usize, dTape: usize, dRead: usize, weights: usize, tape: usize, M: i32, n: i32,
): void {
  addColumnSums(dWeights, tape, dRead, M, n);
  addOuter(dTape, dRead, weights, M, n);
}
