import type { Place } from '@tapehead/core/kernels';

/**
 * What turns raw numbers of a net into the parameters of a head
 *
 *   key tanh or as it is, β = softplus, g = sigmoid, s = softmax, γ = 1 + softplus; erase sigmoid, add as the key
 *
 * A head stands as [key M, β, g, shift S, γ], HEAD numbers; behind all HEADS heads stand [erase M, add M] of each write
 * head. Both codes are for one number, `p`, of them all, and give its `value`.
 *
 * @param bounded whether keys and added vectors go through tanh
 */
export const squashing = (raw: Place, bounded: boolean): string => `
let part = p % HEAD;
var value = ${raw('p')};
if (p >= HEADS * HEAD) {
  ${vectorPart}
  if (isErase) { value = sigmoid(value); } else { ${bounded ? 'value = squash(value);' : ''} }
} else if (part < M) {
  ${bounded ? 'value = squash(value);' : ''}
} else if (part == M) {
  value = softplus(value);
} else if (part == M + 1u) {
  value = sigmoid(value);
} else if (part == M + 2u + S) {
  value = 1.0 + softplus(value);
} else {
  let taps = p - part + M + 2u;
  var greatest = value;
  for (var k = 0u; k < S; k++) { greatest = max(greatest, ${raw('taps + k')}); }
  var sum = 0.0;
  for (var k = 0u; k < S; k++) { sum += exp(${raw('taps + k')} - greatest); }
  value = exp(value - greatest) / sum;
}`;

/** From the gradients of the parameters to those of the raw numbers; softplus′ = 1 − e^{−softplus}. */
export const squashingBackward = (dParameters: Place, parameters: Place, bounded: boolean): string => `
let part = p % HEAD;
let given = ${parameters('p')};
var value = ${dParameters('p')};
if (p >= HEADS * HEAD) {
  ${vectorPart}
  if (isErase) { value *= given * (1.0 - given); } else { ${bounded ? 'value *= 1.0 - given * given;' : ''} }
} else if (part < M) {
  ${bounded ? 'value *= 1.0 - given * given;' : ''}
} else if (part == M) {
  value *= 1.0 - exp(-given);
} else if (part == M + 1u) {
  value *= given * (1.0 - given);
} else if (part == M + 2u + S) {
  value *= 1.0 - exp(1.0 - given);
} else {
  let taps = p - part + M + 2u;
  var mean = 0.0;
  for (var k = 0u; k < S; k++) { mean += ${parameters('taps + k')} * ${dParameters('taps + k')}; }
  value = given * (value - mean);
}`;

const vectorPart = 'let isErase = (p - HEADS * HEAD) % (2u * M) < M;';
