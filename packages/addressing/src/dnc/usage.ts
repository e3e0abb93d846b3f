import { type Floats, floatsOfShape } from '@tapehead/core';
import { add, mul, sub, type Tensor2D, type Tensor3D, tidy } from '@tensorflow/tfjs-core';
import { columnOf, scalarsOf, weightingsOf, withHeads } from '../heads.js';
import { product } from '../product.js';

/**
 * How much of each row the free gates leave in use (Graves et al. 2016, Methods, dynamic memory allocation):
 * `ψ(i) = Π_h [1 − f_h w_h(i)]`. A row that a head has just read, and whose gate is open, is free again.
 *
 * @param freeGate f in [0, 1], a number for each read head: `[batch, heads]`, for a single head `[batch, 1]` or
 * `[batch]`, or one number for all
 * @param readWeights read weightings of the step before: `[batch, heads, N]`, or `[batch, N]` for a single head
 * @returns retention ψ, `[batch, N]`
 * @throws TapeheadError `argument` for what is no numbers, `shape` where the shapes do not fit
 */
export function retentionVector(freeGate: Floats, readWeights: Floats): Tensor2D {
  return tidy(() => {
    const read = weightingsOf('readWeights', readWeights);
    const gates = columnOf(scalarsOf('freeGate', freeGate, read));
    return product(sub(1, mul<Tensor3D>(gates, withHeads(read))));
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
 * @throws TapeheadError `argument` for what is no numbers, `shape` where the shapes do not fit
 */
export function updateUsage(usage: Floats, writeWeights: Floats, retention: Floats): Tensor2D {
  return tidy(() => {
    const u = floatsOfShape('usage', usage, ['batch', 'memorySize']);
    const written = floatsOfShape('writeWeights', writeWeights, u.shape, 'the shape of usage');
    const left = floatsOfShape('retention', retention, u.shape, 'the shape of usage');
    return mul(add(u, mul(sub(1, u), written)), left);
  });
}
