import { checkRoom, type Floats, floatsOfShape, type RankOf } from '@tapehead/core';
import {
  abs,
  add,
  customGrad,
  expandDims,
  matMul,
  mul,
  range,
  step,
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
    checkLinks('updateLinks', before, 'take fewer of them');
    return linksAfter(linked, before, written);
  });
}

/** Throws where there is no room for six tensors in the shape of the links, for a weighting `[batch, N]`. */
function checkLinks(where: string, { shape: [batch = 0, rows = 0] }: Tensor, remedy: string): void {
  const pairs = rows * rows;
  checkRoom(`${where} of batch ${batch} and ${rows} rows`, 4 * (6 * batch + 3) * pairs, remedy, 0);
}

/**
 * `updateLinks` as one op: its way back needs the inputs alone, of which L is the greatest, and what tfjs would keep of
 * the ops is three times as much.
 */
function linksAfter(links: Tensor3D, precedence: Tensor2D, writeWeights: Tensor2D): Tensor3D {
  const op = customGrad<Tensor3D>((...given) => {
    const save = given.at(-1);
    if (typeof save === 'function') save([links, precedence, writeWeights]);
    const kept = mul<Tensor3D>(keptOf(writeWeights), links);
    const added = mul<Tensor3D>(expandDims(writeWeights, 2), expandDims(precedence, 1));
    return {
      value: mul(add(kept, added), offDiagonal(links)),
      gradFunc: (slope, [l = links, p = precedence, w = writeWeights]) => slopesOfLinks(slope, l, p, w),
    };
  });
  return op(links, precedence, writeWeights);
}

/**
 * With G the slope off the diagonal: `dL = (1 − w(i) − w(j)) G`, `dp(j) = Σ_i w(i) G(i, j)` and
 * `dw(k) = Σ_j G(k, j) (p(j) − L(k, j)) − Σ_i G(i, k) L(i, k)`.
 */
function slopesOfLinks(slope: Tensor3D, links: Tensor, precedence: Tensor, writeWeights: Tensor): Tensor[] {
  // tfjs keeps what each step needs on its way back, and all gradients of all steps: a long sequence runs out of room here.
  checkLinks('the gradient of updateLinks', writeWeights, 'take fewer sequences or steps at a time');
  return tidy(() => {
    const off = mul(slope, offDiagonal(slope));
    const along = sum(mul(off, sub(expandDims(precedence, 1), links)), 2);
    return [
      mul(keptOf(writeWeights), off),
      sum(mul(expandDims(writeWeights, 2), off), 1),
      sub(along, sum(mul(off, links), 1)),
    ];
  });
}

/** `1 − w(i) − w(j)`. */
function keptOf(writeWeights: Tensor): Tensor {
  return sub(sub(1, expandDims(writeWeights, 2)), expandDims(writeWeights, 1));
}

/** `[N, N]`: 0 where i = j, else 1. */
function offDiagonal({ shape: [, rows] }: Tensor3D): Tensor2D {
  const numbers = range(0, rows);
  return step(abs(sub<Tensor2D>(expandDims(numbers, 1), expandDims(numbers, 0))));
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
