import { checkShape } from '@tapehead/core';
import {
  add,
  expandDims,
  eye,
  matMul,
  mul,
  sub,
  sum,
  type Tensor2D,
  type Tensor3D,
  tidy,
} from '@tensorflow/tfjs-core';
import { checkVectors } from '../checks.js';
import { type HeadVectors, likeGiven, vectorsOf } from '../heads.js';

/**
 * How far each row was the last one written to (Graves et al. 2016, Methods, temporal memory linkage):
 * `p' = (1 − Σ_i w(i)) p + w`.
 *
 * @param precedence p of the step before: `[batch, N]`; 0 before the first
 * @param writeWeights w, the write weighting of this step: `[batch, N]`
 * @returns `[batch, N]`; sums to at most 1
 * @throws TapeheadError `shape` where the shapes do not fit
 */
export function updatePrecedence(precedence: Tensor2D, writeWeights: Tensor2D): Tensor2D {
  checkShape('precedence', precedence, ['batch', 'memorySize']);
  checkShape('writeWeights', writeWeights, precedence.shape, 'the shape of precedence');
  return tidy(() => add(mul(sub(1, sum(writeWeights, 1, true)), precedence), writeWeights));
}

/**
 * Which row was written to after which (Graves et al. 2016, Methods, temporal memory linkage):
 * `L'(i, j) = (1 − w(i) − w(j)) L(i, j) + w(i) p(j)`, and `L'(i, i) = 0`.
 *
 * @param links L of the step before: `[batch, N, N]`; 0 before the first
 * @param precedence p of the step before: `[batch, N]`
 * @param writeWeights w, the write weighting of this step: `[batch, N]`
 * @returns `[batch, N, N]`: near 1 at (i, j) where row i was written to right after row j; its rows and its columns sum
 * to at most 1
 * @throws TapeheadError `shape` where the shapes do not fit
 */
export function updateLinks(links: Tensor3D, precedence: Tensor2D, writeWeights: Tensor2D): Tensor3D {
  checkShape('precedence', precedence, ['batch', 'memorySize']);
  checkShape('writeWeights', writeWeights, precedence.shape, 'the shape of precedence');
  const [batch, memorySize] = precedence.shape;
  checkLinks(links, batch, memorySize);
  return tidy(() => {
    const [wi, wj] = [expandDims(writeWeights, 2), expandDims(writeWeights, 1)];
    const kept = mul<Tensor3D>(sub(sub(1, wi), wj), links);
    return mul(add<Tensor3D>(kept, mul(wi, expandDims(precedence, 1))), sub(1, eye(memorySize)));
  });
}

/**
 * The rows written to right after those that were read (Graves et al. 2016, Methods, temporal memory linkage): `f = L w`.
 *
 * @param links L of {@link updateLinks}: `[batch, N, N]`
 * @param readWeights w, the read weightings of the step before: `[batch, heads, N]`, or `[batch, N]` for a single head
 * @returns weightings in the shape of `readWeights`
 * @throws TapeheadError `shape` where the shapes do not fit
 */
export function forwardWeighting(links: Tensor3D, readWeights: Tensor3D): Tensor3D;
export function forwardWeighting(links: Tensor3D, readWeights: Tensor2D): Tensor2D;
export function forwardWeighting(links: Tensor3D, readWeights: HeadVectors): HeadVectors {
  return along(links, readWeights, true);
}

/**
 * The rows written to right before those that were read (Graves et al. 2016, Methods, temporal memory linkage):
 * `b = Lᵀ w`.
 *
 * @param links L of {@link updateLinks}: `[batch, N, N]`
 * @param readWeights w, the read weightings of the step before: `[batch, heads, N]`, or `[batch, N]` for a single head
 * @returns weightings in the shape of `readWeights`
 * @throws TapeheadError `shape` where the shapes do not fit
 */
export function backwardWeighting(links: Tensor3D, readWeights: Tensor3D): Tensor3D;
export function backwardWeighting(links: Tensor3D, readWeights: Tensor2D): Tensor2D;
export function backwardWeighting(links: Tensor3D, readWeights: HeadVectors): HeadVectors {
  return along(links, readWeights, false);
}

/** `wᵀ Lᵀ`, which is `(L w)ᵀ`, or `wᵀ L`. */
function along(links: Tensor3D, readWeights: HeadVectors, transposed: boolean): HeadVectors {
  checkVectors('readWeights', readWeights, 'memorySize');
  checkLinks(links, readWeights.shape[0], readWeights.shape[readWeights.rank - 1] ?? 0);
  return tidy(() => likeGiven(readWeights, matMul(vectorsOf(readWeights), links, false, transposed)));
}

function checkLinks(links: Tensor3D, batch: number, memorySize: number): void {
  checkShape('links', links, [batch, memorySize, memorySize], `batch ${batch}, memorySize ${memorySize}`);
}
