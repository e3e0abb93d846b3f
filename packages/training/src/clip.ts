import {
  checkAbove,
  checkOptions,
  type Floats,
  floatsOf,
  printable,
  TapeheadError,
  textOf,
} from '@tapehead/core';
import {
  div,
  maximum,
  mul,
  type NamedTensorMap,
  type Scalar,
  scalar,
  sqrt,
  square,
  stack,
  sum,
  type Tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import { fusedGlobalNorm, hasKernels } from './fused/kernels.js';
import { bounded } from './limit.js';

/** The global norm is limited to `norm`, or each component to [−value, value], or nothing is. */
export type Clip = { readonly norm: number } | { readonly value: number } | 'none';

/** g times this has squares that float32 holds, up to |g| of 10²⁸; a power of two, so that nothing is rounded. */
export const NORM_SCALE = 2 ** -32;

/** The least normal and the largest float32. */
const [LEAST, LARGEST] = [2 ** -126, (2 - 2 ** -23) * 2 ** 127];

/** Gradients by name: tensors, or numbers as tfjs's ops take them. A name without a gradient is left out. */
export type GivenGradients = Readonly<Record<string, Floats | null | undefined>>;

/**
 * ‖g‖ = √(Σ g²) over all gradients together, finite where the longest are some 10²⁸. The caller disposes it.
 * @throws TapeheadError `argument` for a gradient that is no tensor of numbers
 */
export function globalNorm(gradients: GivenGradients): Scalar {
  return tidy(() => normOf(Object.values(floatGradients(gradients))));
}

/**
 * g ← g · limit / max(‖g‖, limit): the same direction, no longer than `limit`; gradients within it stay as they are.
 * @returns new tensors of the same names, the caller's to dispose
 * @throws TapeheadError `range` unless `limit` is above 0, `argument` for a gradient that is no tensor of numbers
 */
export function clipByGlobalNorm(gradients: GivenGradients, limit: number): NamedTensorMap {
  checkAbove('limit', limit, 0);
  return tidy(() => {
    const given = floatGradients(gradients);
    // A limit that float32 rounds to 0 or ∞ would give 0/0 or ∞/∞.
    const single = Math.min(Math.max(limit, LEAST), LARGEST);
    const factor = div(single, maximum(normOf(Object.values(given)), single));
    return mapped(given, (gradient) => mul(gradient, factor));
  });
}

/**
 * g ← min(max(g, −limit), limit), each component by itself.
 * @returns new tensors of the same names, the caller's to dispose
 * @throws TapeheadError `range` unless `limit` is above 0, `argument` for a gradient that is no tensor of numbers
 */
export function clipByValue(gradients: GivenGradients, limit: number): NamedTensorMap {
  checkAbove('limit', limit, 0);
  return tidy(() => mapped(floatGradients(gradients), (gradient) => bounded(gradient, limit)));
}

/** @throws TapeheadError `argument` for anything but 'none', `{ norm }` or `{ value }`; `range` for a limit not above 0 */
export function checkClip(clip: Clip): void {
  if (clip === 'none') return;
  if (typeof clip !== 'object' || clip === null || Array.isArray(clip)) {
    throw new TapeheadError('argument', `clip: expected 'none', { norm } or { value }, got ${textOf(clip)}`);
  }
  checkOptions('clip', clip, ['norm', 'value']);
  const [[name, limit] = ['', undefined], ...more] = Object.entries(clip);
  if (limit === undefined || more.length > 0) {
    const got = more.length > 0 ? 'both' : 'neither';
    throw new TapeheadError('argument', `clip: expected 'none', { norm } or { value }, got ${got}`);
  }
  checkAbove(`clip.${name}`, limit, 0);
}

/** The norm of float32 tensors, by the kernel where one is registered. */
export function normOf(gradients: readonly Tensor[]): Scalar {
  return tidy(() => {
    // Kernels take no tensors without a number.
    const all = gradients.filter(({ size }) => size > 0);
    if (all.length === 0) return scalar(0);
    if (hasKernels()) return fusedGlobalNorm(all);
    const squares = all.map((gradient) => sum<Scalar>(square(mul(gradient, NORM_SCALE))));
    // Not addN, which on the webgpu backend binds more buffers at once than a device need have.
    return div(sqrt(sum<Scalar>(stack(squares))), NORM_SCALE);
  });
}

export function mapped(gradients: NamedTensorMap, change: (gradient: Tensor) => Tensor): NamedTensorMap {
  return Object.fromEntries(Object.entries(gradients).map(([name, gradient]) => [name, change(gradient)]));
}

/** The gradients as float32 tensors. Call it in a tidy. */
function floatGradients(gradients: GivenGradients): NamedTensorMap {
  if (
    typeof gradients !== 'object' ||
    gradients === null ||
    Array.isArray(gradients) ||
    'dataId' in gradients
  ) {
    throw new TapeheadError('argument', `gradients: expected tensors by name, got ${textOf(gradients)}`);
  }
  const floats: NamedTensorMap = {};
  for (const [name, gradient] of Object.entries(gradients)) {
    if (gradient === null || gradient === undefined) continue;
    const given = floatsOf(`gradients['${printable(name, 60)}']`, gradient);
    // Not a cast alone: on the cpu backend that leaves integers behind the tensor.
    floats[name] = given === gradient ? given : mul(given, 1);
  }
  return floats;
}
