import { asCube, type EngineOption, engineOption, type Floats, kernelFor } from '@tapehead/core';
import { matMul, mul, add as plus, sub, type Tensor3D, tidy } from '@tensorflow/tfjs-core';
import { memoryOf, vectorsOf, weightsOf } from './checks.js';
import { writeName } from './fused/name.js';
import { eachHead, withHeads } from './heads.js';

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
 * @throws TapeheadError `argument` for what is no numbers and for an unknown option; `shape` where the shapes do not fit;
 * `backend` where `engine` is `fused` and there is no kernel
 */
export function write(
  memory: Floats,
  weights: Floats,
  erase: Floats,
  add: Floats,
  options: EngineOption = {},
): Tensor3D {
  const engine = engineOption('write', options);
  return tidy(() => {
    const rows = memoryOf(memory);
    const given = weightsOf(weights, rows);
    const vectors = [vectorsOf('erase', erase, rows, given), vectorsOf('add', add, rows, given)] as const;
    const inputs: WriteInputs = [rows, withHeads(given), ...vectors];
    const fused = kernelFor(engine, writeName, inputs);
    return fused ? asCube(fused(inputs)[0]) : referenceWrite(inputs);
  });
}

/** Memory `[batch, N, M]`, weights `[batch, heads, N]`, erase and add `[batch, heads, M]`. */
export type WriteInputs = [memory: Tensor3D, weights: Tensor3D, erase: Tensor3D, add: Tensor3D];

/** As a composition of tfjs ops. */
export function referenceWrite([memory, weights, erase, add]: WriteInputs): Tensor3D {
  return plus(eraseWith(memory, weights, erase), outer(weights, add));
}
