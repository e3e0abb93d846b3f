import type { Op } from '@tapehead/core/kernels';
import { reshape, slice, type Tensor } from '@tensorflow/tfjs-core';
import { countOf, type SequenceSettings } from './op.js';

/** A sequence for the kernels of a net: x, the parameters and the start. */
export interface SequenceCall<S extends SequenceSettings = SequenceSettings> {
  readonly op: Op<S>;
  readonly settings: S;
  readonly inputs: readonly Tensor[];
}

/** Takes one tensor after the other off a packed one. */
export function reader(packed: Tensor): (shape: number[]) => Tensor {
  let offset = 0;
  return (shape) => {
    const part = reshape(slice(packed, [offset], [countOf(shape)]), shape);
    offset += countOf(shape);
    return part;
  };
}
