import {
  type Kernel,
  kernelName,
  numbersAmong,
  type Port,
  portsOf,
  runKernel,
  type Shaped,
  sizeOf,
  sumOf,
} from '@tapehead/core/kernels';
import { getBackend, getKernel, reshape, type Scalar, type Tensor } from '@tensorflow/tfjs-core';
import manifest from '../../package.json' with { type: 'json' };
import type { Clip } from '../clip.js';
import type { GravesMoments, GravesSettings } from '../gravesStep.js';

const named = (name: string): string => kernelName({ name, version: manifest.version });
const everyShape = (name: string, given: readonly Shaped[]): Port[] =>
  portsOf(
    name,
    given.map(({ shape }) => shape),
  );
const floatsOf = (given: readonly Shaped[]): number => sumOf(given.map(sizeOf));
const about = (_settings: object, given: readonly Shaped[]): string => `${floatsOf(given)} numbers`;

/** Any number of gradients to their norm, `[1]`. */
export const normKernel: Kernel = {
  name: /* @__PURE__ */ named('GlobalNorm'),
  settingsOf: () => ({}),
  takes: (_settings, given) => everyShape('gradient', given),
  gives: () => [{ name: 'norm', shape: [1] }],
  about,
};

const settingNames = ['learningRate', 'decay', 'momentum', 'epsilon', 'scale', 'bound'] as const;
export type StepSettings = Readonly<Record<(typeof settingNames)[number], number>>;

/** What a parameter takes with it: itself, its gradient, n, ḡ and Δ. */
const ofParameter = ['parameter', 'gradient', 'n', 'gBar', 'delta'];
export const GROUP = ofParameter.length;

const parametersAmong = (given: readonly Shaped[]): Shaped[] => given.filter((_, i) => i % GROUP === 0);

/** Parameter, gradient, n, ḡ and Δ, one group after the other, to the new parameters; n, ḡ and Δ change. */
export const gravesKernel: Kernel<StepSettings> = {
  name: /* @__PURE__ */ named('GravesRmsProp'),
  settingsOf: (attributes) => numbersAmong(settingNames, attributes),
  takes: (_settings, given) =>
    parametersAmong(given).flatMap(({ shape }) => ofParameter.map((name) => ({ name, shape }))),
  gives: (_settings, given) => everyShape('parameter', parametersAmong(given)),
  changes: (i) => i % GROUP > 1,
  about,
};

/** [objective, ‖g‖], and the gradients one behind the other. On the webgpu backend alone. */
export const measuresKernel: Kernel = {
  name: /* @__PURE__ */ named('Measures'),
  settingsOf: () => ({}),
  takes: (_settings, [, ...gradients]) => [
    { name: 'objective', shape: [] },
    ...everyShape('gradient', gradients),
  ],
  gives: (_settings, [, ...gradients]) => [
    { name: 'measures', shape: [2] },
    { name: 'gradients', shape: [floatsOf(gradients)] },
  ],
  about,
};

const guardedNames = ['rate', 'decay', 'momentum', 'epsilon', 'byNorm', 'limit'] as const;
export type GuardedSettings = Readonly<Record<(typeof guardedNames)[number], number>>;

/**
 * Measures, gradients, n, ḡ and Δ one behind the other, and the parameters: to the new parameters; n, ḡ and Δ change. On the
 * webgpu backend alone.
 */
export const guardedKernel: Kernel<GuardedSettings> = {
  name: /* @__PURE__ */ named('GuardedGraves'),
  settingsOf: (attributes) => numbersAmong(guardedNames, attributes),
  takes: (_settings, given) => {
    const parameters = given.slice(GROUP);
    const shape = [floatsOf(parameters)];
    return [
      { name: 'measures', shape: [2] },
      ...['gradients', 'n', 'gBar', 'delta'].map((name) => ({ name, shape })),
      ...everyShape('parameter', parameters),
    ];
  },
  gives: (_settings, given) => everyShape('parameter', given.slice(GROUP)),
  changes: (i) => i > 1 && i < GROUP,
  about,
};

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
  return runKernel(guardedKernel, [measures, packed, n, gBar, delta, ...parameters], settings);
}

/** More than any norm in float32. */
const unclipped = { byNorm: 0, limit: 3e38 };
const byNorm = (limit: number) => ({ byNorm: 1, limit });
const byValue = (limit: number) => ({ byNorm: 0, limit });

/** ‖g‖ = √(Σ g²) over all gradients, in one kernel call. */
export function fusedGlobalNorm(gradients: readonly Tensor[]): Scalar {
  const [norm] = runKernel(normKernel, gradients, {});
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
  const tensors = items.flatMap(({ parameter, gradient, moments }) => {
    return [parameter, gradient, moments.n, moments.gBar, moments.delta];
  });
  return runKernel(gravesKernel, tensors, { learningRate, decay, momentum, epsilon, scale, bound });
}
