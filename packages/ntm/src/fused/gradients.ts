import { asCube, backwardOf, forwardOf } from '@tapehead/core/kernels';
import {
  type NamedTensorMap,
  type Scalar,
  type Tensor,
  type Tensor3D,
  type Variable,
  valueAndGrad,
} from '@tensorflow/tfjs-core';
import type { SequenceSettings } from './op.js';
import type { SequenceCall } from './packed.js';

/** A cost of the logits, and where it has one, a way to its slope that takes no tape. */
export interface SequenceCost {
  (logits: Tensor3D): Scalar;
  /** The cost and its slope, `[batch, time, outputSize]`. */
  readonly andSlope?: (logits: Tensor3D) => { value: Scalar; slope: Tensor };
}

/**
 * A cost of the logits and its gradients in two kernel calls, with a tape for the cost alone, if it needs one.
 * @param call one whose packed output is the logits alone. Call it in a tidy
 */
export function fusedGradients<S extends SequenceSettings>(
  { op, inputs, settings }: SequenceCall<S>,
  cost: SequenceCost,
  trainable: readonly Variable[],
): { value: Scalar; grads: NamedTensorMap } {
  const { outputs, kept } = forwardOf(op, inputs, settings, 'kept');
  const logits = asCube(outputs[0]);
  const { value, slope } = cost.andSlope?.(logits) ?? taped(cost, logits);
  const gradients = backwardOf(op, settings, [], kept, [slope]);
  const [, ...learned] = inputs;
  const byVariable = new Map(learned.map((input, i) => [input.id, gradients[i]]));
  const grads: NamedTensorMap = {};
  for (const { id, name } of trainable) {
    const gradient = byVariable.get(id);
    if (gradient === undefined)
      throw new Error(`the kernels give a gradient for each variable, not for ${name}`);
    grads[name] = gradient;
  }
  return { value, grads };
}

function taped(cost: SequenceCost, logits: Tensor3D): { value: Scalar; slope: Tensor } {
  const { value, grad } = valueAndGrad((given: Tensor) => cost(asCube(given)))(logits);
  return { value, slope: grad };
}
