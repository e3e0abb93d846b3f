import { checkRoom, type Floats, floatsOfShape, type RankOf } from '@tapehead/core';
import {
  add,
  expandDims,
  eye,
  matMul,
  mul,
  sub,
  sum,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tidy,
} from '@tensorflow/tfjs-core';
import { likeGiven, weightingsOf, withHeads } from '../heads.js';

/**
 * How far each row was the last one written to (Graves et al. 2016, Methods, temporal memory linkage):
 * `p' = (1 − Σ_i w(i)) p + w`.
 *
 * @param precedence p of the step before: `[batch, N]`; 0 before the first
 * @param writeWeights w, the write weighting of this step: `[batch, N]`
 * @returns `[batch, N]`; sums to at most 1
 * @throws TapeheadError `argument` for what is no numbers, `shape` where the shapes do not fit
 */
export function updatePrecedence(precedence: Floats, writeWeights: Floats): Tensor2D {
  return tidy(() => {
    const [before, written] = bothOf(precedence, writeWeights);
    return add(mul(sub(1, sum(written, 1, true)), before), written);
  });
}

/** The precedence `[batch, N]`, and the write weighting in its shape. */
function bothOf(precedence: Floats, writeWeights: Floats): [Tensor2D, Tensor2D] {
  const before = floatsOfShape('precedence', precedence, ['batch', 'memorySize']);
  return [before, floatsOfShape('writeWeights', writeWeights, before.shape, 'the shape of precedence')];
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
 * @throws TapeheadError `argument` for what is no numbers, `shape` where the shapes do not fit
 */
export function updateLinks(links: Floats, precedence: Floats, writeWeights: Floats): Tensor3D {
  return tidy(() => {
    const [before, written] = bothOf(precedence, writeWeights);
    const linked = linksOf(links, before.shape);
    const [batch, rows] = before.shape;
    checkRoom(
      `updateLinks of batch ${batch} and ${rows} rows`,
      4 * (6 * linked.size + 3 * rows * rows),
      'take fewer of them',
      0,
    );
    const [wi, wj] = [expandDims(written, 2), expandDims(written, 1)];
    const kept = mul<Tensor3D>(sub(sub(1, wi), wj), linked);
    return mul(add<Tensor3D>(kept, mul(wi, expandDims(before, 1))), sub(1, eye(rows)));
  });
}

/**
 * The rows written to right after those that were read (Graves et al. 2016, Methods, temporal memory linkage): `f = L w`.
 *
 * @param links L of {@link updateLinks}: `[batch, N, N]`
 * @param readWeights w, the read weightings of the step before: `[batch, heads, N]`, or `[batch, N]` for a single head
 * @returns weightings in the shape of `readWeights`
 * @throws TapeheadError `argument` for what is no numbers, `shape` where the shapes do not fit
 */
export function forwardWeighting<Weights extends Floats>(
  links: Floats,
  readWeights: Weights,
): RankOf<Weights>;
export function forwardWeighting(links: Floats, readWeights: Floats): Tensor {
  return along(links, readWeights, true);
}

/**
 * The rows written to right before those that were read (Graves et al. 2016, Methods, temporal memory linkage):
 * `b = Lᵀ w`.
 *
 * @param links L of {@link updateLinks}: `[batch, N, N]`
 * @param readWeights w, the read weightings of the step before: `[batch, heads, N]`, or `[batch, N]` for a single head
 * @returns weightings in the shape of `readWeights`
 * @throws TapeheadError `argument` for what is no numbers, `shape` where the shapes do not fit
 */
export function backwardWeighting<Weights extends Floats>(
  links: Floats,
  readWeights: Weights,
): RankOf<Weights>;
export function backwardWeighting(links: Floats, readWeights: Floats): Tensor {
  return along(links, readWeights, false);
}

/** `wᵀ Lᵀ`, which is `(L w)ᵀ`, or `wᵀ L`. */
function along(links: Floats, readWeights: Floats, transposed: boolean): Tensor {
  return tidy(() => {
    const read = weightingsOf('readWeights', readWeights);
    const linked = linksOf(links, [read.shape[0] ?? 0, read.shape.at(-1) ?? 0]);
    return likeGiven(read, matMul(withHeads(read), linked, false, transposed));
  });
}

function linksOf(links: Floats, [batch, rows]: readonly [number, number]): Tensor3D {
  return withHeads(floatsOfShape('links', links, [batch, rows, rows], `batch ${batch}, memorySize ${rows}`));
}
