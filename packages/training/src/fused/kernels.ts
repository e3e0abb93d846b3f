import { runKernel } from '@tapehead/kernels';
import { getBackend, getKernel, reshape, type Scalar, type Tensor } from '@tensorflow/tfjs-core';
import type { GravesMoments, GravesSettings } from '../gravesStep.js';

/** Kernels whose inputs are numbered; `register.ts` says what they take and give. */
export const kernelNames = { norm: 'TapeheadGlobalNorm', graves: 'TapeheadGravesRmsProp' } as const;

/** Whether the kernels are registered on the backend of this moment. */
export function hasKernels(): boolean {
  return getKernel(kernelNames.norm, getBackend()) !== undefined;
}

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
