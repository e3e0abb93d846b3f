import type { EngineOption } from '@tapehead/core';
import { applyOp, asCube, engineOf } from '@tapehead/core/kernels';
import { matMul, mul, add as plus, sub, type Tensor2D, type Tensor3D, tidy } from '@tensorflow/tfjs-core';
import { checkVectors, checkWeights } from './checks.js';
import { writeOp } from './fused/op.js';
import { eachHead, vectorsOf } from './heads.js';

/** Outer product of a weighting and a vector for each sequence: `Σ_h w_h(i) v_h`, `[batch, N, M]`. */
function outer(weights: Tensor3D, vectors: Tensor3D): Tensor3D {
  return matMul(weights, vectors, true, false);
}

/**
 * Erases with every head (Graves et al. 2014, equation 3): `M̃(i) = M(i) Π_h [1 − w_h(i) e_h]`.
 * The order of the heads does not matter.
 */
function eraseWith(memory: Tensor3D, weights: Tensor3D, erase: Tensor3D): Tensor3D {
  const erases = eachHead(erase);
  return eachHead(weights).reduce((left, w, h) => mul(left, sub(1, outer(w, erases[h] ?? erase))), memory);
}

/**
 * Writes with every head: all erases, then all adds (Graves et al. 2014, equations 3 and 4):
 * `M̃(i) = M(i) Π_h [1 − w_h(i) e_h]`, then `M'(i) = M̃(i) + Σ_h w_h(i) a_h`.
 *
 * @param memory `[batch, N, M]`
 * @param weights `[batch, heads, N]`, or `[batch, N]` for a single head
 * @param erase in [0, 1]: `[batch, heads, M]`, or `[batch, M]` for a single head
 * @param add in the shape of `erase`
 * @param options `engine`: a kernel where `registerFused` has registered one (`auto`), always, or never
 * @returns the new memory, `[batch, N, M]`
 * @throws TapeheadError `shape` where the shapes do not fit; `backend` where `engine` is `fused` and there is no kernel
 */
export function write(
  memory: Tensor3D,
  weights: Tensor3D,
  erase: Tensor3D,
  add: Tensor3D,
  options?: EngineOption,
): Tensor3D;
export function write(
  memory: Tensor3D,
  weights: Tensor2D,
  erase: Tensor2D,
  add: Tensor2D,
  options?: EngineOption,
): Tensor3D;
export function write(
  memory: Tensor3D,
  weights: Tensor2D | Tensor3D,
  erase: Tensor2D | Tensor3D,
  add: Tensor2D | Tensor3D,
  { engine = 'auto' }: EngineOption = {},
): Tensor3D {
  checkWeights(memory, weights);
  checkVectors('erase', erase, memory, weights);
  checkVectors('add', add, memory, weights);
  return tidy(() => {
    const inputs: WriteInputs = [memory, vectorsOf(weights), vectorsOf(erase), vectorsOf(add)];
    const sizes = writeOp.sizesOf(inputs);
    return engineOf(engine, writeOp, inputs, sizes) === 'fused'
      ? asCube(applyOp(writeOp, inputs, sizes))
      : referenceWrite(inputs);
  });
}

/** Memory `[batch, N, M]`, weights `[batch, heads, N]`, erase and add `[batch, heads, M]`. */
export type WriteInputs = [memory: Tensor3D, weights: Tensor3D, erase: Tensor3D, add: Tensor3D];

/** As a composition of tfjs ops. */
export function referenceWrite([memory, weights, erase, add]: WriteInputs): Tensor3D {
  return plus(eraseWith(memory, weights, erase), outer(weights, add));
}
