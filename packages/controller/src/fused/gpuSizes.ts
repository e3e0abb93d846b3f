import { sizeOf, sumOf } from '@tapehead/core/kernels';
import { lstmOp, type StepSizes } from './op.js';

/** What is kept of a sequence on a GPU, in floats: x, h and c, the gates and c′. */
export function keptSizes({ I, U }: Omit<StepSizes, 'B'>) {
  return { x: I, h: U, c: U, gates: 4 * U, cell: U };
}

/** The floats that are kept of a batch. */
export function keptFloats(sizes: StepSizes): number {
  return sizes.B * sumOf(Object.values(keptSizes(sizes)));
}

/** The floats of the largest buffer on a GPU: of what is kept, or of the gradients. */
export function largestBuffer(sizes: StepSizes): number {
  return Math.max(keptFloats(sizes), sumOf(lstmOp.inputs(sizes).map(sizeOf)));
}
