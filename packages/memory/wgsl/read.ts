import type { Place } from '@tapehead/core/kernels';

/**
 * Reading (Graves et al. 2014, equation 2): r = Σ_i w(i) M(i). The term of component `j` of all heads' reads, R M in
 * number, that location `k` gives; `memory` is turned, `[M, N]`, `weights` `[R, N]`.
 */
export const readTerm = (memory: Place, weights: Place): string =>
  `${weights('(j / M) * N + k')} * ${memory('(j % M) * N + k')}`;

/** dw(i) += dr·M(i), dM(i) += w(i) dr, for all read heads and one location i, which is a lane's own. */
export const readBackward = (
  { memory, weights, dReads }: { readonly memory: Place; readonly weights: Place; readonly dReads: Place },
  { dMemory, dWeights }: { readonly dMemory: Place; readonly dWeights: Place },
): string => `
for (var h = 0u; h < R; h++) {
  var slope = 0.0;
  for (var m = 0u; m < M; m++) {
    let dRead = ${dReads('h * M + m')};
    slope += dRead * ${memory('m * N + i')};
    ${dMemory('m * N + i')} += ${weights('h * N + i')} * dRead;
  }
  ${dWeights('h * N + i')} += slope;
}`;
