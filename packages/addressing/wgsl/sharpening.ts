import type { Place } from '@tapehead/core/kernels';

/** `floored(w)`: max(w, 1e-30). A comparison with NaN is false, so NaN stays, on devices that keep NaN. */
export const floored = `
fn floored(weight: f32) -> f32 { return select(weight, 1e-30, weight < 1e-30); }
`;

/**
 * Sharpening (Graves et al. 2014, equation 9), in log-space so that no power underflows, with `gamma` at hand
 *
 *   w(i) = w̃(i)^γ / Σ_j w̃(j)^γ = softmax_i(γ l(i)),  l(i) = log (max(w̃(i), 1e-30) / max_j w̃(j))
 *
 * The quotient keeps l small where weights are much alike: the error of log w̃ itself becomes a relative error of w. For
 * γ < 0 the divisor is the least w̃, so that γ l is at most 0.
 * A lane owns every LANES-th location; no other need have been met.
 */
export const sharpen = (weights: Place, shifted: Place): string => `
{
  let sign = select(1.0, -1.0, gamma < 0.0);
  var greatest = -3e38;
  for (var i = lane; i < N; i += LANES) { greatest = max(greatest, sign * floored(${shifted('i')})); }
  let divisor = sign * maximumOf(greatest);
  var sum = 0.0;
  for (var i = lane; i < N; i += LANES) {
    let power = exp(gamma * log(floored(${shifted('i')}) / divisor));
    ${weights('i')} = power;
    sum += power;
  }
  sum = sumOf(sum);
  for (var i = lane; i < N; i += LANES) { ${weights('i')} /= sum; }
}`;

/**
 * Writes dw̃ = γ dl / w̃ where w̃ is above the floor, 0 where not; declares `dGamma` = Σ dl l, where
 * dl = w (dw − Σ w dw).
 */
export const sharpenBackward = (dShifted: Place, dWeights: Place, weights: Place, shifted: Place): string => `
var dGamma = 0.0;
{
  var mean = 0.0;
  for (var i = lane; i < N; i += LANES) { mean += ${weights('i')} * ${dWeights('i')}; }
  mean = sumOf(mean);
  for (var i = lane; i < N; i += LANES) {
    let weight = ${shifted('i')};
    let dl = ${weights('i')} * (${dWeights('i')} - mean);
    dGamma += dl * log(floored(weight)); // Σ dl is 0, so that the divisor does not count
    ${dShifted('i')} = select(gamma * dl / floored(weight), 0.0, weight < 1e-30);
  }
}
dGamma = sumOf(dGamma);`;
