import { type Floats, floatsOfShape, type RankOf } from '@tapehead/core';
import { expandDims, type Tensor, type Tensor3D, tidy, tile } from '@tensorflow/tfjs-core';
import { likeGiven, scalarsOf, weightingsOfRows, withHeads } from '../heads.js';
import { blendOf } from '../interpolate.js';

/**
 * Where a head writes (Santoro et al. 2016, equation 7): `w = g w_r + (1 − g) w_lu`, with `g = σ(α)`: to what was read
 * last, or to what is used least.
 *
 * @param gate g in [0, 1]: `[batch, heads]`, for a single head `[batch, 1]` or `[batch]`, or one number for all
 * @param readWeights w_r, the read weightings of the step before: `[batch, heads, N]`, or `[batch, N]` for a single head
 * @param leastUsed w_lu of `leastUsedWeighting`, of the usage of the step before: `[batch, N]`
 * @returns weightings in the shape of `readWeights`
 * @throws TapeheadError `argument` for what is no numbers, `shape` where the shapes do not fit
 */
export function writeWeighting<Weights extends Floats>(
  gate: Floats,
  readWeights: Weights,
  leastUsed: Floats,
): RankOf<Weights>;
export function writeWeighting(gate: Floats, readWeights: Floats, leastUsed: Floats): Tensor {
  return tidy(() => {
    const least = floatsOfShape('leastUsed', leastUsed, ['batch', 'memorySize']);
    const given = weightingsOfRows('readWeights', readWeights, least);
    const read = withHeads(given);
    const leastOfHeads = tile<Tensor3D>(expandDims(least, 1), [1, read.shape[1], 1]);
    return likeGiven(given, blendOf(scalarsOf('gate', gate, given), read, leastOfHeads));
  });
}
