import { checkFinite, checkOptions, TapeheadError, textOf } from '@tapehead/core';
import { maximum, minimum, mul, type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { Clip } from './clip.js';

/** What clipping comes to once the norm is known: a gradient times `scale`, then each component within ±`bound`. */
export interface Limit {
  readonly scale: number;
  readonly bound: number;
}

export const unlimited: Limit = { scale: 1, bound: Number.POSITIVE_INFINITY };

/** The limit that a clip sets to gradients of this global norm; no component of theirs is longer than it. */
export function limitOf(clip: Clip, norm: number): Limit {
  if (clip === 'none') return unlimited;
  if ('norm' in clip) return norm > clip.norm ? { ...unlimited, scale: clip.norm / norm } : unlimited;
  return norm > clip.value ? { ...unlimited, bound: clip.value } : unlimited;
}

/** The gradient within the limit; the very same where it is there already. */
export function limited(gradient: Tensor, { scale, bound }: Limit): Tensor {
  const scaled = scale === 1 ? gradient : mul(gradient, scale);
  return bound === Number.POSITIVE_INFINITY ? scaled : bounded(scaled, bound);
}

/**
 * Each component within ±`bound`; NaN stays NaN. Not tf.clipByValue: on the wasm backend that makes −`bound` of NaN, and
 * gives uninitialized memory for a bound that float32 rounds to 0.
 */
export function bounded(gradient: Tensor, bound: number): Tensor {
  return tidy(() => minimum(maximum(gradient, -bound), bound));
}

/** @throws TapeheadError `range` for a scale that is not finite or a bound that is not above 0; `argument` for others */
export function checkLimit(limit: Limit): void {
  checkOptions('limit', limit, ['scale', 'bound']);
  checkFinite('limit.scale', limit.scale);
  if (typeof limit.bound === 'number' && limit.bound > 0) return;
  throw new TapeheadError('range', `limit.bound: expected a number above 0, got ${textOf(limit.bound)}`);
}
