import { applyOp, forwardOf, type Op } from '@tapehead/core/kernels';
import { engine, reshape, split, type Tensor } from '@tensorflow/tfjs-core';
import { countOf, packedShapes, type SequenceSettings, type SequenceShapes } from './op.js';

/** A sequence for the kernels of a net: x, the parameters and the start. */
export interface SequenceCall<S extends SequenceSettings = SequenceSettings> {
  readonly op: Op<S>;
  readonly settings: S;
  readonly inputs: readonly Tensor[];
}

/**
 * A whole sequence as one op with a gradient: the logits, and the tensors of the state after the last step. Without a tape
 * the kernel gives them one by one: on the wasm backend, a slice of a packed output copies all of it.
 */
export function unpacked<S extends SequenceSettings>(
  { op, inputs, settings }: SequenceCall<S>,
  shapes: SequenceShapes<S>,
): Tensor[] {
  if (!engine().isTapeOn()) return forwardOf(op, inputs, { ...settings, apart: true }, 'none').outputs;
  const packed = applyOp(op, inputs, settings);
  const wanted = packedShapes(settings, shapes);
  return split(packed, wanted.map(countOf)).map((part, i) => reshape(part, wanted[i] ?? []));
}

/** h and c of each layer, from a list of them in turn. */
export function cellsFrom<T>(tensors: readonly T[]): { h: T; c: T }[] {
  return tensors.flatMap((h, i) => {
    const c = tensors[i + 1];
    return i % 2 === 0 && c !== undefined ? [{ h, c }] : [];
  });
}
