import { checkAbove } from '@tapehead/check';
import {
  addN,
  clipByValue as clampTensor,
  clone,
  div,
  maximum,
  mul,
  type NamedTensorMap,
  type Scalar,
  scalar,
  sqrt,
  square,
  sum,
  type Tensor,
  tidy,
} from '@tensorflow/tfjs-core';

/** The global norm is limited to `norm`, or each component to [−value, value], or nothing is. */
export type Clip = { readonly norm: number } | { readonly value: number } | 'none';

/**
 * ‖g‖ = √(Σ g²) over all gradients together. The caller disposes it.
 */
export function globalNorm(gradients: NamedTensorMap): Scalar {
  return tidy(() => {
    const squares = Object.values(gradients).map((gradient) => sum<Scalar>(square(gradient)));
    return squares.length === 0 ? scalar(0) : sqrt(addN(squares));
  });
}

/**
 * g ← g · limit / max(‖g‖, limit): the same direction, no longer than `limit`; gradients within it stay as they are.
 * @param norm ‖g‖ where it is already known
 * @returns new tensors of the same names, the caller's to dispose
 * @throws TapeheadError `range` unless `limit` is above 0
 */
export function clipByGlobalNorm(gradients: NamedTensorMap, limit: number, norm?: number): NamedTensorMap {
  checkAbove('limit', limit, 0);
  return tidy(() => {
    if (norm === undefined) {
      const factor = div(limit, maximum(globalNorm(gradients), limit));
      return mapped(gradients, (gradient) => mul(gradient, factor));
    }
    return mapped(gradients, (gradient) => (norm > limit ? mul(gradient, limit / norm) : clone(gradient)));
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

/**
 * Clips as `clip` says; `norm` is ‖g‖.
 * @returns new tensors of the same names, the caller's to dispose
 */
export function clipGradients(gradients: NamedTensorMap, clip: Clip, norm: number): NamedTensorMap {
  if (clip === 'none') return mapped(gradients, (gradient) => clone(gradient));
  return 'norm' in clip ? clipByGlobalNorm(gradients, clip.norm, norm) : clipByValue(gradients, clip.value);
}

/** @throws TapeheadError `range` for a limit that is not above 0 */
export function checkClip(clip: Clip): void {
  if (clip === 'none') return;
  if ('norm' in clip) checkAbove('clip.norm', clip.norm, 0);
  else checkAbove('clip.value', clip.value, 0);
}

function mapped(gradients: NamedTensorMap, change: (gradient: Tensor) => Tensor): NamedTensorMap {
  return Object.fromEntries(Object.entries(gradients).map(([name, gradient]) => [name, change(gradient)]));
}
