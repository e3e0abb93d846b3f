import { runKernel } from '@tapehead/core/kernels';
import { getBackend, getKernel, reshape, type Scalar, type Tensor } from '@tensorflow/tfjs-core';
import type { Clip } from '../clip.js';
import type { GravesMoments, GravesSettings } from '../gravesStep.js';

/** Kernels whose inputs are numbered; `register.ts` says what they take and give. */
export const kernelNames = {
  norm: 'TapeheadGlobalNorm',
  graves: 'TapeheadGravesRmsProp',
  /** On the webgpu backend alone: `gpu.ts` says what they take and give. */
  measures: 'TapeheadMeasures',
  guarded: 'TapeheadGuardedGraves',
} as const;

/** Whether the kernels are registered on the backend of this moment. */
export function hasKernels(): boolean {
  return getKernel(kernelNames.norm, getBackend()) !== undefined;
}

/** Whether the backend of this moment measures, clips and updates by itself, so that nothing is read in between. */
export function hasGuardedKernels(): boolean {
  return getKernel(kernelNames.guarded, getBackend()) !== undefined;
}

/** [objective, ‖g‖], and the gradients one behind the other, in one kernel call. */
export function fusedMeasures(
  objective: Tensor,
  gradients: readonly Tensor[],
): { measures: Tensor; packed: Tensor } {
  const [measures, packed] = runKernel(kernelNames.measures, [objective, ...gradients], {});
  if (measures === undefined || packed === undefined) throw new Error('the kernel has two outputs');
  return { measures, packed };
}

/**
 * One step of Graves's RMSProp for all parameters in one kernel call, within a clip by the norm that is measured, and
 * none at all where a measure is not finite. Gradients and moments stand one behind the other.
 * @returns the new parameters; n, ḡ and Δ are changed in place
 */
export function guardedGravesStep(
  parameters: readonly Tensor[],
  { measures, packed }: { readonly measures: Tensor; readonly packed: Tensor },
  { n, gBar, delta }: GravesMoments,
  { learningRate, decay, momentum, epsilon }: GravesSettings,
  clip: Clip,
): Tensor[] {
  const limits = clip === 'none' ? unclipped : 'norm' in clip ? byNorm(clip.norm) : byValue(clip.value);
  const settings = { rate: learningRate, decay, momentum, epsilon, ...limits };
  return runKernel(kernelNames.guarded, [measures, packed, n, gBar, delta, ...parameters], settings);
}

/** More than any norm in float32. */
const unclipped = { byNorm: 0, limit: 3e38 };
const byNorm = (limit: number) => ({ byNorm: 1, limit });
const byValue = (limit: number) => ({ byNorm: 0, limit });

/** ‖g‖ = √(Σ g²) over all gradients, in one kernel call. */
export function fusedGlobalNorm(gradients: readonly Tensor[]): Scalar {
  const [norm] = runKernel(kernelNames.norm, gradients, {});
  if (norm === undefined) throw new Error('the kernel gives one norm');
  return reshape(norm, []);
}

/** A parameter, its gradient, and what the optimizer remembers of it. */
export interface GravesItem {
  readonly parameter: Tensor;
  readonly gradient: Tensor;
  readonly moments: GravesMoments;
}

/**
 * One step of Graves's RMSProp for all parameters in one kernel call; `gravesStep` has the equations.
 * Each gradient is first multiplied by `scale`, then each component kept within ±`bound`.
 * @returns the new parameters; n, ḡ and Δ are changed in place
 */
export function fusedGravesStep(
  items: readonly GravesItem[],
  { learningRate, decay, momentum, epsilon }: GravesSettings,
  { scale, bound }: { readonly scale: number; readonly bound: number },
): Tensor[] {
  const tensors = items.flatMap(({ parameter, gradient, moments: { n, gBar, delta } }) => [
    parameter,
    gradient,
    n,
    gBar,
    delta,
  ]);
  const settings = { learningRate, decay, momentum, epsilon, scale, bound };
  return runKernel(kernelNames.graves, tensors, settings);
}
