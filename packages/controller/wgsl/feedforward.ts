import type { Place } from '@tapehead/core/kernels';

/** The feed-forward controller, from its sums x·kernel + bias, for one unit j: h = tanh(sum), the sum in place too. */
export const feedforward = (sums: Place, hidden: Place): string => `
${sums('j')} = squash(${sums('j')});
${hidden('j')} = ${sums('j')};`;

/** dsum = dh (1 − h²), for one unit j. */
export const feedforwardBackward = (dSums: Place, dHidden: Place, hidden: Place): string => `
${dSums('j')} = ${dHidden('j')} * (1.0 - ${hidden('j')} * ${hidden('j')});`;
