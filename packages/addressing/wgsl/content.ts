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

/**
 * `smallSquare(x)`: (2⁻³² x)², finite for x of 10²⁸; a power of two, so that nothing is rounded.
 * `inverseRoot(squares)`: 1 / max(|x|, ε), ε = 1e-8, from the sum of small squares. A comparison with NaN is false, so NaN
 * stays, on devices that keep NaN at all: WGSL does not promise it.
 */
export const inverseRoot = `
const SMALL = 2.3283064365386963e-10;
fn smallSquare(x: f32) -> f32 { let small = SMALL * x; return small * small; }
fn inverseRoot(squares: f32) -> f32 {
  let root = sqrt(squares);
  return SMALL / select(root, SMALL * 1e-8, root < SMALL * 1e-8);
}
`;

/** Code that declares `inverseKey`, 1 / max(|k|, ε); each lane works it out. */
export const inverseKey = (key: Place): string => `
var keySquares = 0.0;
for (var m = 0u; m < M; m++) { keySquares += smallSquare(${key('m')}); }
let inverseKey = inverseRoot(keySquares);`;

/**
 * Content addressing (Graves et al. 2014, equations 5 and 6), after `inverseKey`, with `beta` at hand
 *
 *   K(i) = k·M(i) / (max(|k|, ε) max(|M(i)|, ε)),  ε = 1e-8
 *   w(i) = e^{β K(i)} / Σ_j e^{β K(j)}
 */
export const content = ({ key, memory, inverses, similarity, weights }: ContentPlaces): string => `
{
  var greatest = -2.0; // less than any cosine; a NaN may be left out, its power is NaN
  let sign = select(1.0, -1.0, beta < 0.0); // so that beta (K - origin) is at most 0
  for (var i = lane; i < N; i += LANES) {
    var dot = 0.0;
    for (var m = 0u; m < M; m++) { dot += inverseKey * ${key('m')} * ${memory('m * N + i')}; }
    let cosine = dot * ${inverses('i')};
    ${similarity('i')} = cosine;
    greatest = max(greatest, sign * cosine);
  }
  let origin = sign * maximumOf(greatest);
  var sum = 0.0;
  for (var i = lane; i < N; i += LANES) {
    let power = exp(beta * (${similarity('i')} - origin));
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
  let dNorm = select(-towards * beta * inverse * inverse, 0.0, inverse >= 1e8);
  ${dots('i')} = dot;
  for (var m = 0u; m < M; m++) { ${dMemory('m * N + i')} += dot * ${key('m')} + dNorm * ${memory('m * N + i')}; }
}
dBeta = sumOf(dBeta);
let dLength = select(-beta * dBeta * inverseKey * inverseKey, 0.0, inverseKey >= 1e8);
meet();
${sumsOver(`${dKey('j')} = sum + dLength * ${key('j')};`)}`;
