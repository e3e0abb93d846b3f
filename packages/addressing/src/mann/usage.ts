import { checkWithin, type Floats, floatsOfShape } from '@tapehead/core';
import { addN, mul, sum, type Tensor, type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import { weightingsOfRows, withHeads } from '../heads.js';

/**
 * How much each row was read and written lately (Santoro et al. 2016, equation 5): `u' = γ u + Σ_h w_r + Σ_h w_w`.
 *
 * @param usage u of the step before: `[batch, N]`; 0 before the first
 * @param readWeights w_r, the read weightings of this step: `[batch, heads, N]`, or `[batch, N]` for a single head
 * @param writeWeights w_w, the write weightings of this step, likewise
 * @param decay γ from 0 to 1: what a step leaves of a usage
 * @returns usage u', `[batch, N]`
 * @throws TapeheadError `argument` for what is no numbers; `shape` where the shapes do not fit; `range` for a γ outside 0 to 1
 */
export function updateUsage(
  usage: Floats,
  readWeights: Floats,
  writeWeights: Floats,
  decay: number,
): Tensor2D {
  checkWithin('decay', decay, 0, 1);
  return tidy(() => {
    const u = floatsOfShape('usage', usage, ['batch', 'memorySize']);
    const read = weightingsOfRows('readWeights', readWeights, u);
    const written = weightingsOfRows('writeWeights', writeWeights, u);
    return addN([mul<Tensor2D>(decay, u), sumOfHeads(read), sumOfHeads(written)]);
  });
}

function sumOfHeads(weights: Tensor): Tensor2D {
  return sum(withHeads(weights), 1);
}
