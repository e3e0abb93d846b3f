import { getBackend, type Tensor } from '@tensorflow/tfjs-core';
import { Obstacle } from '../trace/obstacle.js';
import type { FlatStep, Leaf } from '../trace/record.js';

/** A step compiled for leaves of these shapes and dtypes, at any batch and time. */
export interface CompiledScan {
  /** Differentiable; call it in a tidy. x and outputs are `[batch, time, …]`. */
  apply(
    x: readonly Tensor[],
    state: readonly Tensor[],
  ): { readonly outputs: Tensor[]; readonly state: Tensor[] };
}

/** Why the current backend has no kernels, if it has none. */
export function missingKernels(): string | undefined {
  return `no kernels are registered on the tfjs backend '${getBackend()}'`;
}

/**
 * @param key what `flat` belongs to: the same key means the same step
 * @param x without batch and time
 * @throws Obstacle where the step cannot be compiled
 */
export function compiledScan(
  _key: object,
  _flat: FlatStep,
  _x: readonly Leaf[],
  _state: readonly Leaf[],
  _history: 'kept' | 'none',
): CompiledScan {
  throw new Obstacle('no kernels yet');
}
