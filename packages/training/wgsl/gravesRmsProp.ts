import { NORM_SCALE } from '../src/clip.js';

/** `isFinite(x)` by its bits, because compilers may take it for granted: WGSL promises neither NaN nor infinity. */
const finite = `
fn isFinite(x: f32) -> bool { return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u; }
`;

/** ‖g‖ = √(Σ g²) of all `gradients`, in one workgroup, and the objective beside it: `measures` [objective, ‖g‖]. */
export const measuresCode = `
const SCALE = ${NORM_SCALE};
fn run(group: u32) {
  var squares = 0.0;
  for (var i = lane; i < given.count; i += LANES) {
    let g = gradients[i] * SCALE;
    squares += g * g;
  }
  squares = sumOf(squares);
  if (lane == 0u) {
    measures[0] = objective[0];
    measures[1] = sqrt(squares) / SCALE;
  }
}
`;

/**
 * RMSProp in the form of Graves 2013, a lane a number
 *
 *   n ← ρ n + (1 − ρ) g²;  ḡ ← ρ ḡ + (1 − ρ) g;  Δ ← μ Δ − η g / √(max(n − ḡ², 0) + ε);  θ ← θ + Δ
 *
 * g is the gradient within the clip, by the norm that is measured: `given.byNorm` scales all to a norm of
 * `given.limit` where they exceed it, otherwise each stays within ±`given.limit`. Where a measure is not finite, nothing
 * changes.
 */
export const gravesCode = `${finite}
fn run(group: u32) {
  let i = group * LANES + lane;
  if (i >= given.count || !isFinite(measures[0]) || !isFinite(measures[1])) { return; }
  var g = gradients[i];
  if (measures[1] > given.limit) {
    if (given.byNorm == 1u) { g *= given.limit / measures[1]; } else { g = clamp(g, -given.limit, given.limit); }
  }
  let part = (1.0 - given.decay) * g;
  let square = given.decay * n[i] + part * g;
  let mean = given.decay * gBar[i] + part;
  let change = given.momentum * delta[i] - given.rate * g / sqrt(max(square - mean * mean, 0.0) + given.epsilon);
  n[i] = square;
  gBar[i] = mean;
  delta[i] = change;
  parameters[i] += change;
}
`;
