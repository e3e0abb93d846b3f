import { checkShape, TapeheadError } from '@tapehead/core';
import { addN, mul, sum, type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import { checkRows } from '../checks.js';
import { type HeadVectors, vectorsOf } from '../heads.js';

/**
 * How much each row was read and written lately (Santoro et al. 2016, equation 5): `u' = γ u + Σ_h w_r + Σ_h w_w`.
 *
 * @param usage u of the step before: `[batch, N]`; 0 before the first
 * @param readWeights w_r, the read weightings of this step: `[batch, heads, N]`, or `[batch, N]` for a single head
 * @param writeWeights w_w, the write weightings of this step, likewise
 * @param decay γ from 0 to 1: what a step leaves of a usage
 * @returns usage u', `[batch, N]`
 * @throws TapeheadError `shape` where the shapes do not fit; `range` for a γ outside 0 to 1
 */
export function updateUsage(
  usage: Tensor2D,
  readWeights: HeadVectors,
  writeWeights: HeadVectors,
  decay: number,
): Tensor2D {
  checkShape('usage', usage, ['batch', 'memorySize']);
  checkRows('readWeights', readWeights, usage);
  checkRows('writeWeights', writeWeights, usage);
  if (!(decay >= 0 && decay <= 1)) {
    throw new TapeheadError('range', `decay: expected a number from 0 to 1, got ${decay}`);
  }
  return tidy(() => addN([mul<Tensor2D>(decay, usage), sumOfHeads(readWeights), sumOfHeads(writeWeights)]));
}

function sumOfHeads(weights: HeadVectors): Tensor2D {
  return sum(vectorsOf(weights), 1);
}
