import type { Place } from '@tapehead/core/kernels';

/**
 * Circular shift (Graves et al. 2014, equation 8), for one location: code for the value of
 *
 *   w̃(i) = Σ_k s(k) w_g(i − (k − half)),  half = (S − 1) / 2, indices modulo N
 *
 * S is at most N, so that i + N + half − k is no less than 0.
 */
export const shift = (gated: Place, taps: Place): string => `
var shifted = 0.0;
for (var k = 0u; k < S; k++) { shifted += ${taps('k')} * ${gated('(i + N + HALF - k) % N')}; }`;

/** The same for dw_g(i) = Σ_k s(k) dw̃(i + k − half). */
export const shiftBackward = (dShifted: Place, taps: Place): string => `
var dGated = 0.0;
for (var k = 0u; k < S; k++) { dGated += ${taps('k')} * ${dShifted('(i + N + k - HALF) % N')}; }`;

/** Writes ds(k) = Σ_i dw̃(i) w_g(i + half − k). */
export const tapsBackward = (dTaps: Place, dShifted: Place, gated: Place): string => `
for (var k = 0u; k < S; k++) {
  var sum = 0.0;
  for (var i = lane; i < N; i += LANES) { sum += ${dShifted('i')} * ${gated('(i + N + HALF - k) % N')}; }
  sum = sumOf(sum);
  if (lane == 0u) { ${dTaps('k')} = sum; }
}`;
