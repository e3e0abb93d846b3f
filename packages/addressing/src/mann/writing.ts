import { checkShape } from '@tapehead/core';
import { expandDims, type Tensor2D, type Tensor3D, tidy, tile } from '@tensorflow/tfjs-core';
import { checkRows, checkScalars } from '../checks.js';
import { type HeadScalars, type HeadVectors, likeGiven, scalarsOf, vectorsOf } from '../heads.js';
import { interpolate } from '../interpolate.js';

/**
 * Where a head writes (Santoro et al. 2016, equation 7): `w = g w_r + (1 − g) w_lu`, with `g = σ(α)`: to what was read
 * last, or to what is used least.
 *
 * @param gate g in [0, 1]: `[batch, heads]`, or `[batch, 1]` or `[batch]` for a single head
 * @param readWeights w_r, the read weightings of the step before: `[batch, heads, N]`, or `[batch, N]` for a single head
 * @param leastUsed w_lu of `leastUsedWeighting`, of the usage of the step before: `[batch, N]`
 * @returns weightings in the shape of `readWeights`
 * @throws TapeheadError `shape` where the shapes do not fit
 */
export function writeWeighting(gate: HeadScalars, readWeights: Tensor3D, leastUsed: Tensor2D): Tensor3D;
export function writeWeighting(gate: HeadScalars, readWeights: Tensor2D, leastUsed: Tensor2D): Tensor2D;
export function writeWeighting(
  gate: HeadScalars,
  readWeights: HeadVectors,
  leastUsed: Tensor2D,
): HeadVectors {
  checkShape('leastUsed', leastUsed, ['batch', 'memorySize']);
  checkRows('readWeights', readWeights, leastUsed);
  checkScalars('gate', gate, readWeights);
  return tidy(() => {
    const read = vectorsOf(readWeights);
    const least = tile<Tensor3D>(expandDims(leastUsed, 1), [1, read.shape[1], 1]);
    return likeGiven(readWeights, interpolate(scalarsOf(gate), read, least));
  });
}
