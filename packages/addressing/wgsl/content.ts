import type { Place } from '@tapehead/core/kernels';

/** What content addressing works on: a lane owns every LANES-th location i and touches no other's. */
export interface ContentPlaces {
  /** k, `[M]`. */
  readonly key: Place;
  /** The memory turned, `[M, N]`. */
  readonly memory: Place;
  /** 1 / max(|M(i)|, ε), `[N]`. */
  readonly inverses: Place;
  /** K, `[N]`. */
  readonly similarity: Place;
  /** w, `[N]`. */
  readonly weights: Place;
}

/** `inverseRoot(squares)`: 1 / max(√squares, ε), ε = 1e-8. */
export const inverseRoot = `
fn inverseRoot(squares: f32) -> f32 { return 1.0 / max(sqrt(squares), 1e-8); }
`;

/** Code that declares `inverseKey`, 1 / max(|k|, ε); each lane works it out. */
export const inverseKey = (key: Place): string => `
var keySquares = 0.0;
for (var m = 0u; m < M; m++) { let component = ${key('m')}; keySquares += component * component; }
let inverseKey = inverseRoot(keySquares);`;

/**
 * Content addressing (Graves et al. 2014, equations 5 and 6), after `inverseKey`, with `beta` at hand
 *
 *   K(i) = k·M(i) / (max(|k|, ε) max(|M(i)|, ε)),  ε = 1e-8
 *   w(i) = e^{β K(i)} / Σ_j e^{β K(j)}
 */
export const content = ({ key, memory, inverses, similarity, weights }: ContentPlaces): string => `
{
  var greatest = -2.0; // less than any cosine
  for (var i = lane; i < N; i += LANES) {
    var dot = 0.0;
    for (var m = 0u; m < M; m++) { dot += ${key('m')} * ${memory('m * N + i')}; }
    let cosine = dot * inverseKey * ${inverses('i')};
    ${similarity('i')} = cosine;
    greatest = max(greatest, cosine);
  }
  greatest = maximumOf(greatest);
  var sum = 0.0;
  for (var i = lane; i < N; i += LANES) {
    let power = exp(beta * (${similarity('i')} - greatest));
    ${weights('i')} = power;
    sum += power;
  }
  sum = sumOf(sum);
  for (var i = lane; i < N; i += LANES) { ${weights('i')} /= sum; }
}`;

/**
 * From dw in `dots`, which becomes d(k·M); adds to `dMemory`, and to `dKey` by `sumInto`; declares `dBeta`
 *
 *   dβ = Σ dz(i) K(i) and dK = β dz, where dz = w (dw − Σ w dw)
 *   d(k·M) = dK / (|k| |M(i)|),  d|M(i)| = −dK K / |M(i)|,  d|k| = −Σ dK K / |k|,  where the norm is not clamped
 *   dk = Σ_i d(k·M)(i) M(i) + d|k| k / |k|,  dM(i) = d(k·M)(i) k + d|M(i)| M(i) / |M(i)|
 *
 * @param sumsOver code for Σ_i d(k·M)(i) M(i) for each m, which it stores by the code it is given, for `j` and `sum`
 */
export const contentBackward = (
  { key, memory, inverses, similarity, weights }: ContentPlaces,
  { dots, dMemory, dKey }: { readonly dots: Place; readonly dMemory: Place; readonly dKey: Place },
  sumsOver: (store: string) => string,
): string => `
var mean = 0.0;
for (var i = lane; i < N; i += LANES) { mean += ${weights('i')} * ${dots('i')}; }
mean = sumOf(mean);
var dBeta = 0.0;
for (var i = lane; i < N; i += LANES) {
  let dz = ${weights('i')} * (${dots('i')} - mean);
  let towards = dz * ${similarity('i')};
  dBeta += towards;
  let inverse = ${inverses('i')};
  let dot = dz * beta * inverse * inverseKey;
  let dNorm = select(0.0, -towards * beta * inverse * inverse, inverse < 1e8);
  ${dots('i')} = dot;
  for (var m = 0u; m < M; m++) { ${dMemory('m * N + i')} += dot * ${key('m')} + dNorm * ${memory('m * N + i')}; }
}
dBeta = sumOf(dBeta);
let dLength = select(0.0, -beta * dBeta * inverseKey * inverseKey, inverseKey < 1e8);
meet();
${sumsOver(`${dKey('j')} = sum + dLength * ${key('j')};`)}`;
