import type { Place } from '@tapehead/core/kernels';

/** What the write heads of a sequence work on. */
export interface WritePlaces {
  /** The memory turned, `[M, N]`. */
  readonly memory: Place;
  /** `[W, N]` */
  readonly weights: Place;
  /** [erase M, add M] of each head. */
  readonly vectors: Place;
}

const erase = (h: string, m: string): string => `(2u * ${h}) * M + ${m}`;
const add = (h: string, m: string): string => `(2u * ${h} + 1u) * M + ${m}`;

/**
 * Writing (Graves et al. 2014, equations 3 and 4): all erases, then all adds
 *
 *   M′(i) = M(i) Π_h (1 − w_h(i) e_h) + Σ_h w_h(i) a_h
 *
 * Code for one component m of one location i: `written`.
 */
export const write = ({ memory, weights, vectors }: WritePlaces): string => `
var written = ${memory('m * N + i')};
for (var h = 0u; h < W; h++) { written *= 1.0 - ${weights('h * N + i')} * ${vectors(erase('h', 'm'))}; }
for (var h = 0u; h < W; h++) { written += ${weights('h * N + i')} * ${vectors(add('h', 'm'))}; }`;

/** Code that declares `found`, what head h finds after the others: M_h(m, i) = M Π_{j ≠ h} (1 − w_j e_j). */
const found = ({ memory, weights, vectors }: WritePlaces): string => `
var found = ${memory('m * N + i')};
for (var o = 0u; o < W; o++) {
  if (o != h) { found *= 1.0 - ${weights('o * N + i')} * ${vectors(erase('o', 'm'))}; }
}`;

/**
 * From dM′ in `dMemory`, which becomes dM; adds to `dWeights` `[W, N]` and writes `dVectors`
 *
 *   dw_h(i) += dM′(i)·(a_h − e_h M_h(i)),  da_h = Σ_i w_h(i) dM′(i),  de_h = −Σ_i w_h(i) dM′(i) M_h(i)
 *   dM = dM′ Π_h (1 − w_h e_h)
 *
 * @param sumsOver code for a sum over all locations `k` of `term`, after the statements `before`, for each component `j` of
 * all vectors, 2 W M in number, which `store` keeps
 */
export function writeBackward(
  at: WritePlaces,
  {
    dMemory,
    dWeights,
    dVectors,
  }: { readonly dMemory: Place; readonly dWeights: Place; readonly dVectors: Place },
  sumsOver: (before: string, term: string, store: string) => string,
): string {
  const { weights, vectors } = at;
  const slope = `
let h = j / (2u * M);
let m = j % M;
let i = k;
var slope = ${weights('h * N + i')} * ${dMemory('m * N + i')};
if (j % (2u * M) < M) {
  ${found(at)}
  slope *= -found;
}`;
  return `
meet();
${sumsOver(slope, 'slope', `${dVectors('j')} = sum;`)}
for (var i = lane; i < N; i += LANES) {
  for (var h = 0u; h < W; h++) {
    var slope = 0.0;
    for (var m = 0u; m < M; m++) {
      ${found(at)}
      slope += ${dMemory('m * N + i')} * (${vectors(add('h', 'm'))} - ${vectors(erase('h', 'm'))} * found);
    }
    ${dWeights('h * N + i')} += slope;
  }
  for (var m = 0u; m < M; m++) {
    for (var h = 0u; h < W; h++) {
      ${dMemory('m * N + i')} *= 1.0 - ${weights('h * N + i')} * ${vectors(erase('h', 'm'))};
    }
  }
}
meet();`;
}
