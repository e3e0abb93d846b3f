import type { Place } from '@tapehead/core/kernels';

/**
 * The LSTM cell, from the sums of its gates x·kernel + h·recurrentKernel + bias
 *
 *   i, f, o = sigmoid, g = tanh;  c′ = f c + i g;  h′ = o tanh(c′)
 *
 * Gates are rows [i, f, g, o] of U each. Code for one unit j: squashes `gates` in place, changes c to c′, writes h′.
 */
export const lstm = (gates: Place, cell: Place, hidden: Place): string => `
let i = sigmoid(${gates('j')});
let f = sigmoid(${gates('U + j')});
let g = squash(${gates('2u * U + j')});
let o = sigmoid(${gates('3u * U + j')});
let c = f * ${cell('j')} + i * g;
${gates('j')} = i;
${gates('U + j')} = f;
${gates('2u * U + j')} = g;
${gates('3u * U + j')} = o;
${cell('j')} = c;
${hidden('j')} = o * squash(c);`;

/**
 * From dh′ and dc′ (`dCell`, which becomes dc) to the gradients of the sums of the gates, for one unit j
 *
 *   δ = dc′ + dh′ o (1 − tanh² c′);  di = δ g i (1 − i);  df = δ c f (1 − f);  dg = δ i (1 − g²)
 *   do = dh′ tanh(c′) o (1 − o);  dc = δ f
 */
export const lstmBackward = (
  { gates, previous, cell }: { readonly gates: Place; readonly previous: Place; readonly cell: Place },
  { dGates, dCell, dHidden }: { readonly dGates: Place; readonly dCell: Place; readonly dHidden: Place },
): string => `
let i = ${gates('j')};
let f = ${gates('U + j')};
let g = ${gates('2u * U + j')};
let o = ${gates('3u * U + j')};
let t = squash(${cell('j')});
let d = ${dCell('j')} + ${dHidden('j')} * o * (1.0 - t * t);
${dGates('j')} = d * g * i * (1.0 - i);
${dGates('U + j')} = d * ${previous('j')} * f * (1.0 - f);
${dGates('2u * U + j')} = d * i * (1.0 - g * g);
${dGates('3u * U + j')} = ${dHidden('j')} * t * o * (1.0 - o);
${dCell('j')} = d * f;`;
