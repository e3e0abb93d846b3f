import { checkShape } from '@tapehead/core';
import { add, mul, sub, type Tensor2D, type Tensor3D, tidy } from '@tensorflow/tfjs-core';
import { checkScalars, checkVectors } from './checks.js';
import { columnOf, type HeadScalars, type HeadVectors, likeGiven, vectorsOf } from './heads.js';

/**
 * Blend of where the content points and where the head was (Graves et al. 2014, equation 7):
 * `w_g = g w_c + (1 − g) w_prev`.
 *
 * @param gate g in [0, 1]: `[batch, heads]`, or `[batch, 1]` or `[batch]` for a single head
 * @param content w_c `[batch, heads, N]`, or `[batch, N]` for a single head
 * @param previous w_prev, the weightings of the step before, in the shape of `content`
 * @returns weightings in the shape of `content`
 * @throws TapeheadError `shape` where the shapes do not fit
 */
export function interpolate(gate: HeadScalars, content: Tensor3D, previous: Tensor3D): Tensor3D;
export function interpolate(gate: HeadScalars, content: Tensor2D, previous: Tensor2D): Tensor2D;
export function interpolate(gate: HeadScalars, content: HeadVectors, previous: HeadVectors): HeadVectors {
  checkVectors('content', content, 'memorySize');
  checkShape('previous', previous, content.shape, 'the shape of content');
  checkScalars('gate', gate, content);
  return tidy(() => {
    const g = columnOf(gate, content.shape[0]);
    const blend = add<Tensor3D>(mul(g, vectorsOf(content)), mul(sub(1, g), vectorsOf(previous)));
    return likeGiven(content, blend);
  });
}
