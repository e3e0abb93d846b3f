import { applyOp, type Op } from '@tapehead/core/kernels';
import { reshape, slice, type Tensor } from '@tensorflow/tfjs-core';
import { countOf, packedShapes, type SequenceSettings, type SequenceShapes } from './op.js';

/** A sequence for the kernels of a net: x, the parameters and the start. */
export interface SequenceCall<S extends SequenceSettings = SequenceSettings> {
  readonly op: Op<S>;
  readonly settings: S;
  readonly inputs: readonly Tensor[];
}

/** A whole sequence as one op with a gradient: the logits, and the tensors of the state after the last step. */
export function unpacked<S extends SequenceSettings>(
  { op, inputs, settings }: SequenceCall<S>,
  shapes: SequenceShapes<S>,
): Tensor[] {
  const packed = applyOp(op, inputs, settings);
  let offset = 0;
  return packedShapes(settings, shapes).map((shape) => {
    const part = reshape(slice(packed, [offset], [countOf(shape)]), shape);
    offset += countOf(shape);
    return part;
  });
}

/** h and c of each layer, from a list of them in turn. */
export function cellsFrom<T>(tensors: readonly T[]): { h: T; c: T }[] {
  return tensors.flatMap((h, i) => {
    const c = tensors[i + 1];
    return i % 2 === 0 && c !== undefined ? [{ h, c }] : [];
  });
}
