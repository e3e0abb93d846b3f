import type { Place } from '@tapehead/core/kernels';

/** `logarithm(w)`: log max(w, 1e-30). */
export const logarithm = `
fn logarithm(weight: f32) -> f32 { return log(max(weight, 1e-30)); }
`;

/**
 * Sharpening (Graves et al. 2014, equation 9), in log-space so that no power underflows, with `gamma` at hand
 *
 *   w(i) = w̃(i)^γ / Σ_j w̃(j)^γ = softmax_i(γ l(i)),  l(i) = log max(w̃(i), 1e-30)
 *
 * A lane owns every LANES-th location; no other need have been met.
 */
export const sharpen = (weights: Place, shifted: Place): string => `
{
  var greatest = 0.0;
  for (var i = lane; i < N; i += LANES) { greatest = max(greatest, ${shifted('i')}); }
  let most = logarithm(maximumOf(greatest));
  var sum = 0.0;
  for (var i = lane; i < N; i += LANES) {
    let power = exp(gamma * (logarithm(${shifted('i')}) - most));
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
    dGamma += dl * logarithm(weight);
    ${dShifted('i')} = select(0.0, gamma * dl / max(weight, 1e-30), weight >= 1e-30);
  }
}
dGamma = sumOf(dGamma);`;
