import {
  declareKernel,
  needed,
  type Port,
  portsByShape,
  runKernel,
  type Shaped,
  sizeOf,
  sumOf,
} from '@tapehead/core/kernels';
import { getBackend, getKernel, reshape, type Scalar, type Tensor } from '@tensorflow/tfjs-core';
import manifest from '../../package.json' with { type: 'json' };
import type { Clip } from '../clip.js';
import type { GravesMoments, GravesSettings } from '../gravesStep.js';

const version = manifest.version;
const everyShape = (name: string, given: readonly Shaped[]): Port[] =>
  given.map(({ shape }) => ({ name, shape }));
const together = (given: readonly Shaped[]): number[] => [sumOf(given.map(sizeOf))];

/** Any number of gradients to their norm, `[1]`. */
export const normKernel = /* @__PURE__ */ declareKernel({
  ...{ name: 'GlobalNorm', version, numbers: [] },
  takes: (given) => everyShape('gradient', given),
  gives: () => [{ name: 'norm', shape: [1] }],
});

/** What a parameter takes with it: itself, its gradient, n, ḡ and Δ. */
const ofParameter = ['parameter', 'gradient', 'n', 'gBar', 'delta'];
export const GROUP = ofParameter.length;
const groupOf = /* @__PURE__ */ portsByShape(ofParameter);
const parametersAmong = (given: readonly Shaped[]): Shaped[] => given.filter((_, i) => i % GROUP === 0);

/** Parameter, gradient, n, ḡ and Δ, one group after the other, to the new parameters; n, ḡ and Δ change. */
export const gravesKernel = /* @__PURE__ */ declareKernel({
  ...{ name: 'GravesRmsProp', version },
  numbers: ['learningRate', 'decay', 'momentum', 'epsilon', 'scale', 'bound'],
  takes: (given) => parametersAmong(given).flatMap(groupOf),
  gives: (given) => everyShape('parameter', parametersAmong(given)),
  changes: (i) => i % GROUP > 1,
});

/** [objective, ‖g‖], and the gradients one behind the other. On the webgpu backend alone. */
export const measuresKernel = /* @__PURE__ */ declareKernel({
  ...{ name: 'Measures', version, numbers: [] },
  takes: ([, ...gradients]) => [{ name: 'objective', shape: [] }, ...everyShape('gradient', gradients)],
  gives: ([, ...gradients]) => everyShape('measures', [{ shape: [2] }, { shape: together(gradients) }]),
});

/**
 * Measures, gradients, n, ḡ and Δ one behind the other, and the parameters: to the new parameters; n, ḡ and Δ change. On the
 * webgpu backend alone.
 */
export const guardedKernel = /* @__PURE__ */ declareKernel({
  ...{ name: 'GuardedGraves', version },
  numbers: ['rate', 'decay', 'momentum', 'epsilon', 'byNorm', 'limit'],
  takes: (given) => {
    const parameters = given.slice(GROUP);
    const packed = ['gradients', 'n', 'gBar', 'delta'].map((name) => ({ name, shape: together(parameters) }));
    return [{ name: 'measures', shape: [2] }, ...packed, ...everyShape('parameter', parameters)];
  },
  gives: (given) => everyShape('parameter', given.slice(GROUP)),
  changes: (i) => i > 1 && i < GROUP,
});

/** Whether the kernels are registered on the current backend. */
export function hasKernels(): boolean {
  return getKernel(normKernel.name, getBackend()) !== undefined;
}

/** Whether the current backend measures, clips and updates by itself, so that nothing is read in between. */
export function hasGuardedKernels(): boolean {
  return getKernel(guardedKernel.name, getBackend()) !== undefined;
}

/** [objective, ‖g‖], and the gradients one behind the other, in one kernel call. */
export function fusedMeasures(
  objective: Tensor,
  gradients: readonly Tensor[],
): { measures: Tensor; packed: Tensor } {
  const [measures, packed] = runKernel(measuresKernel, [objective, ...gradients], {});
  return { measures: needed(measures), packed: needed(packed) };
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
  const byNorm = clip !== 'none' && 'norm' in clip ? 1 : 0;
  // 3e38 is more than any norm in float32.
  const limit = clip === 'none' ? 3e38 : 'norm' in clip ? clip.norm : clip.value;
  const settings = { rate: learningRate, decay, momentum, epsilon, byNorm, limit };
  return runKernel(guardedKernel, [measures, packed, n, gBar, delta, ...parameters], settings);
}

/** ‖g‖ = √(Σ g²) over all gradients, in one kernel call. */
export function fusedGlobalNorm(gradients: readonly Tensor[]): Scalar {
  return reshape(needed(runKernel(normKernel, gradients, {})[0]), []);
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
  const tensors = items.flatMap(({ parameter, gradient, moments }) => {
    return [parameter, gradient, moments.n, moments.gBar, moments.delta];
  });
  return runKernel(gravesKernel, tensors, { learningRate, decay, momentum, epsilon, scale, bound });
}
