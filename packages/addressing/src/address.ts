import type { Engine, EngineOption } from '@tapehead/core';
import { applyOp, asCube, engineOf } from '@tapehead/core/kernels';
import { type Tensor2D, type Tensor3D, tidy } from '@tensorflow/tfjs-core';
import { checkAddress } from './checks.js';
import { contentAddressing } from './content.js';
import { addressOp } from './fused/op.js';
import { type HeadScalars, type HeadVectors, likeGiven, scalarsOf, vectorsOf } from './heads.js';
import { interpolate } from './interpolate.js';
import { sharpen } from './sharpen.js';
import { circularShift } from './shift.js';

/** What a head says about where to look; a single head may drop the axis of the heads. */
export type HeadParameters<Vectors extends HeadVectors = Tensor3D> = {
  /** What to look for: `[batch, heads, M]`. */
  readonly key: Vectors;
  /** Key strength β ≥ 0: `[batch, heads]`. */
  readonly beta: HeadScalars;
  /** Interpolation gate g in [0, 1]: `[batch, heads]`. */
  readonly gate: HeadScalars;
  /** Distribution over shifts, an odd number of taps: `[batch, heads, S]`. */
  readonly shift: Vectors;
  /** Sharpening γ ≥ 1: `[batch, heads]`. */
  readonly gamma: HeadScalars;
};

/** A weighting after each of the four stages, `[batch, heads, N]` each; `sharpened` is the head's weighting. */
export type AddressingStages = {
  content: Tensor3D;
  interpolated: Tensor3D;
  shifted: Tensor3D;
  sharpened: Tensor3D;
};

/**
 * The four stages of addressing, each kept (Graves et al. 2014, figure 2 and equations 5 to 9).
 *
 * @param head what each head says, with the axis of the heads
 * @param memory `[batch, N, M]`
 * @param previous weightings of the step before, `[batch, heads, N]`
 * @throws TapeheadError `shape` where the shapes do not fit
 */
export function addressingStages(
  head: HeadParameters,
  memory: Tensor3D,
  previous: Tensor3D,
): AddressingStages {
  return tidy(() => {
    const content = contentAddressing(head.key, memory, head.beta);
    const interpolated = interpolate(head.gate, content, previous);
    const shifted = circularShift(interpolated, head.shift);
    const sharpened = sharpen(shifted, head.gamma);
    return { content, interpolated, shifted, sharpened };
  });
}

/**
 * Where each head looks: content, interpolation, shift and sharpening, one after the other
 * (Graves et al. 2014, figure 2 and equations 5 to 9).
 *
 * @param head key, beta, gate, shift and gamma of each head; see {@link headParameters} for raw outputs of a net
 * @param memory `[batch, N, M]`
 * @param previous weightings of the step before: `[batch, heads, N]`, or `[batch, N]` for a single head
 * @param options `engine`: a kernel where `registerFused` has registered one (`auto`), always, or never
 * @returns weightings in the shape of `previous`; each sums to 1
 * @throws TapeheadError `shape` where the shapes do not fit; `backend` where `engine` is `fused` and there is no kernel
 */
export function address(
  head: HeadParameters<Tensor3D>,
  memory: Tensor3D,
  previous: Tensor3D,
  options?: EngineOption,
): Tensor3D;
export function address(
  head: HeadParameters<Tensor2D>,
  memory: Tensor3D,
  previous: Tensor2D,
  options?: EngineOption,
): Tensor2D;
export function address(
  head: HeadParameters<HeadVectors>,
  memory: Tensor3D,
  previous: HeadVectors,
  { engine = 'auto' }: EngineOption = {},
): HeadVectors {
  return tidy(() => {
    const withHeads = {
      key: vectorsOf(head.key),
      beta: scalarsOf(head.beta),
      gate: scalarsOf(head.gate),
      shift: vectorsOf(head.shift),
      gamma: scalarsOf(head.gamma),
    };
    return likeGiven(previous, weightsOf(withHeads, memory, vectorsOf(previous), engine));
  });
}

/** On one kernel, or stage by stage. */
function weightsOf(head: HeadParameters, memory: Tensor3D, previous: Tensor3D, engine: Engine): Tensor3D {
  checkAddress(head, memory, previous);
  const inputs = [head.key, head.beta, head.gate, head.shift, head.gamma, memory, previous];
  const sizes = addressOp.sizesOf(inputs);
  return engineOf(engine, addressOp, inputs, sizes) === 'fused'
    ? asCube(applyOp(addressOp, inputs, sizes))
    : addressingStages(head, memory, previous).sharpened;
}
