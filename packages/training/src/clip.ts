import { checkAbove } from '@tapehead/core';
import {
  clipByValue as clampTensor,
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

/** The global norm is limited to `norm`, or each component to [−value, value], or nothing is. */
export type Clip = { readonly norm: number } | { readonly value: number } | 'none';

/** g times this has squares that float32 holds, up to |g| of 10²⁸; a power of two, so that nothing is rounded. */
export const NORM_SCALE = 2 ** -32;

/**
 * ‖g‖ = √(Σ g²) over all gradients together, finite where the longest are some 10²⁸. The caller disposes it.
 */
export function globalNorm(gradients: NamedTensorMap): Scalar {
  const all = Object.values(gradients);
  return tidy(() => {
    if (all.length > 0 && hasKernels()) return fusedGlobalNorm(all);
    const squares = all.map((gradient) => sum<Scalar>(square(mul(gradient, NORM_SCALE))));
    // Not addN, which on the webgpu backend binds more buffers at once than a device need have.
    return squares.length === 0 ? scalar(0) : div(sqrt(sum<Scalar>(stack(squares))), NORM_SCALE);
  });
}

/**
 * g ← g · limit / max(‖g‖, limit): the same direction, no longer than `limit`; gradients within it stay as they are.
 * @returns new tensors of the same names, the caller's to dispose
 * @throws TapeheadError `range` unless `limit` is above 0
 */
export function clipByGlobalNorm(gradients: NamedTensorMap, limit: number): NamedTensorMap {
  checkAbove('limit', limit, 0);
  return tidy(() => {
    const factor = div(limit, maximum(globalNorm(gradients), limit));
    return mapped(gradients, (gradient) => mul(gradient, factor));
  });
}

/**
 * g ← min(max(g, −limit), limit), each component by itself.
 * @returns new tensors of the same names, the caller's to dispose
 * @throws TapeheadError `range` unless `limit` is above 0
 */
export function clipByValue(gradients: NamedTensorMap, limit: number): NamedTensorMap {
  checkAbove('limit', limit, 0);
  return tidy(() => mapped(gradients, (gradient) => clampTensor(gradient, -limit, limit)));
}

/** @throws TapeheadError `range` for a limit that is not above 0 */
export function checkClip(clip: Clip): void {
  if (clip === 'none') return;
  if ('norm' in clip) checkAbove('clip.norm', clip.norm, 0);
  else checkAbove('clip.value', clip.value, 0);
}

export function mapped(gradients: NamedTensorMap, change: (gradient: Tensor) => Tensor): NamedTensorMap {
  return Object.fromEntries(Object.entries(gradients).map(([name, gradient]) => [name, change(gradient)]));
}
