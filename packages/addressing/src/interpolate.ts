import { type Floats, floatsOfShape, type RankOf } from '@tapehead/core';
import { add, mul, sub, type Tensor, type Tensor2D, type Tensor3D, tidy } from '@tensorflow/tfjs-core';
import { columnOf, likeGiven, scalarsOf, weightingsOf, withHeads } from './heads.js';

/** Equation 7 for gate `[batch, heads]` and two weightings `[batch, heads, N]`. */
export function blendOf(gate: Tensor2D, content: Tensor3D, previous: Tensor3D): Tensor3D {
  const g = columnOf(gate);
  return add<Tensor3D>(mul(g, content), mul(sub(1, g), previous));
}

/**
 * Blend of where the content points and where the head was (Graves et al. 2014, equation 7):
 * `w_g = g w_c + (1 − g) w_prev`.
 *
 * @param gate g in [0, 1]: `[batch, heads]`, for a single head `[batch, 1]` or `[batch]`, or one number for all
 * @param content w_c `[batch, heads, N]`, or `[batch, N]` for a single head
 * @param previous w_prev, the weightings of the step before, in the shape of `content`
 * @returns weightings in the shape of `content`
 * @throws TapeheadError `argument` for what is no numbers, `shape` where the shapes do not fit
 */
export function interpolate<Weights extends Floats>(
  gate: Floats,
  content: Weights,
  previous: Floats,
): RankOf<Weights>;
export function interpolate(gate: Floats, content: Floats, previous: Floats): Tensor {
  return tidy(() => {
    const found = weightingsOf('content', content);
    const before = floatsOfShape('previous', previous, found.shape, 'the shape of content');
    return likeGiven(found, blendOf(scalarsOf('gate', gate, found), withHeads(found), withHeads(before)));
  });
}
