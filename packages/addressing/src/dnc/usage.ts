import { checkShape } from '@tapehead/core';
import { add, mul, sub, type Tensor2D, type Tensor3D, tidy } from '@tensorflow/tfjs-core';
import { checkScalars, checkVectors } from '../checks.js';
import { columnOf, type HeadScalars, type HeadVectors, vectorsOf } from '../heads.js';
import { product } from '../product.js';

/**
 * How much of each row the free gates leave in use (Graves et al. 2016, Methods, dynamic memory allocation):
 * `ψ(i) = Π_h [1 − f_h w_h(i)]`. A row that a head has just read, and whose gate is open, is free again.
 *
 * @param freeGate f in [0, 1], a number for each read head: `[batch, heads]`, or `[batch, 1]` or `[batch]` for a single
 * head
 * @param readWeights read weightings of the step before: `[batch, heads, N]`, or `[batch, N]` for a single head
 * @returns retention ψ, `[batch, N]`
 * @throws TapeheadError `shape` where the shapes do not fit
 */
export function retentionVector(freeGate: HeadScalars, readWeights: HeadVectors): Tensor2D {
  checkVectors('readWeights', readWeights, 'memorySize');
  checkScalars('freeGate', freeGate, readWeights);
  return tidy(() => {
    const freed = mul<Tensor3D>(columnOf(freeGate, readWeights.shape[0]), vectorsOf(readWeights));
    return product(sub(1, freed));
  });
}

/**
 * How much each row is in use (Graves et al. 2016, Methods, dynamic memory allocation):
 * `u' = (u + w − u ∘ w) ∘ ψ`. Writing to a row uses it up, freeing it gives it back.
 *
 * @param usage u of the step before, in [0, 1]: `[batch, N]`; 0 before the first
 * @param writeWeights w, the write weighting of the step before: `[batch, N]`
 * @param retention ψ of {@link retentionVector}: `[batch, N]`
 * @returns usage u' in [0, 1], `[batch, N]`
 * @throws TapeheadError `shape` where the shapes do not fit
 */
export function updateUsage(usage: Tensor2D, writeWeights: Tensor2D, retention: Tensor2D): Tensor2D {
  checkShape('usage', usage, ['batch', 'memorySize']);
  checkShape('writeWeights', writeWeights, usage.shape, 'the shape of usage');
  checkShape('retention', retention, usage.shape, 'the shape of usage');
  return tidy(() => {
    const used = add(usage, mul(sub(1, usage), writeWeights));
    return mul(used, retention);
  });
}
