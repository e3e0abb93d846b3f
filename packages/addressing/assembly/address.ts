// The four stages of addressing in one (Graves et al. 2014, figure 2): content, interpolation, shift, sharpening.
//
// `head` is a row of parameters [key M, β, g, shift S, γ]. What the backward pass needs again stands in `saved`:
// K [n] · w_c [n] · w̃ [n] · log w̃ [n] · the ring of w_g · 1/|k| in a vector.
import { content, contentBackward, inverseNorm } from './content';
import { interpolate, interpolateBackward } from './interpolation';
import { sharpen, sharpenBackward } from './sharpening';
import { closeRing, ringSize, shift, shiftBackward } from './shift';
import { floats } from '../../core/assembly/lanes';

/** The floats of `saved`. */
export function savedSize(n: i32, S: i32): i32 {
  return 4 * n + ringSize(n, S) + 4;
}

/** The floats of the work memory of `addressBackward`. */
export function workSize(n: i32, S: i32): i32 {
  return 2 * n + ringSize(n, S);
}

export function address(
  weights: usize, saved: usize, head: usize, previous: usize, tape: usize, inverses: usize,
  M: i32, N: i32, n: i32, S: i32,
): void {
  const row = floats(n);
  const similarity = saved, contentWeights = saved + row, shifted = contentWeights + row, logarithms = shifted + row;
  const ring = logarithms + row;
  const inverseKey = inverseNorm(head, M);
  store<f32>(ring + floats(ringSize(n, S)), inverseKey);
  const scalars = head + floats(M);
  content(contentWeights, similarity, head, inverseKey, load<f32>(scalars), tape, inverses, M, N, n);
  interpolate(ring + floats(S >> 1), contentWeights, previous, load<f32>(scalars, 4), n);
  closeRing(ring, S, N, n);
  shift(shifted, ring, scalars + 8, S, N, n);
  sharpen(weights, logarithms, shifted, load<f32>(scalars + floats(S + 2)), N, n);
}

/** From dw (overwritten by dw_prev), adds to `dHead` and `dTape`. */
export function addressBackward(
  dHead: usize, dTape: usize, dWeights: usize,
  weights: usize, saved: usize, head: usize, previous: usize, tape: usize, inverses: usize, work: usize,
  M: i32, N: i32, n: i32, S: i32,
): void {
  const row = floats(n);
  const similarity = saved, contentWeights = saved + row, shifted = contentWeights + row, logarithms = shifted + row;
  const ring = logarithms + row;
  const inverseKey = load<f32>(ring + floats(ringSize(n, S)));
  const dGated = work, dNorms = work + row, dRing = dNorms + row;
  const scalars = head + floats(M), dScalars = dHead + floats(M), gamma = floats(S + 2);
  const dGamma = sharpenBackward(
    dRing + floats(S >> 1), dWeights, weights, logarithms, shifted, load<f32>(scalars + gamma), n);
  closeRing(dRing, S, N, n);
  shiftBackward(dGated, dScalars + 8, dRing, ring, scalars + 8, S, N, n);
  const dGate = interpolateBackward(
    dGated, dWeights, dGated, contentWeights, previous, load<f32>(scalars, 4), n);
  const dBeta = contentBackward(
    dHead, dTape, dGated, contentWeights, similarity, head, inverseKey, load<f32>(scalars), tape, inverses, dNorms, M, n);
  store<f32>(dScalars, load<f32>(dScalars) + dBeta);
  store<f32>(dScalars, load<f32>(dScalars, 4) + dGate, 4);
  store<f32>(dScalars + gamma, load<f32>(dScalars + gamma) + dGamma);
}
