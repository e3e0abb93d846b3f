import { type Shared, share, type WorkgroupLimits } from '@tapehead/core/kernels';
import type { Layout } from './layout.js';

export type ForwardArrays =
  | 'x'
  | 'reads'
  | 'hidden'
  | 'cells'
  | 'gates'
  | 'raw'
  | 'heads'
  | 'gated'
  | 'similarity'
  | 'content'
  | 'shifted'
  | 'inverses'
  | 'weights'
  | 'tape';

/** What the lanes share going forward: the state, and what a step works on. */
export function forwardShared(
  { net, gates, raw, reads }: Layout,
  limits: WorkgroupLimits,
): Shared<ForwardArrays> {
  const { memorySize: N, memoryDim: M, controllerSize: U, layers, inputSize } = net;
  const heads = net.readHeads + net.writeHeads;
  const sizes = { x: inputSize, reads, hidden: layers * U, cells: layers * U, gates, raw, heads: raw };
  const rows = { gated: N, similarity: N, content: N, shifted: N, inverses: N, weights: heads * N };
  return share({ ...sizes, ...rows, tape: M * N }, limits);
}

export type BackwardArrays =
  | 'heads'
  | 'dLogits'
  | 'dHeads'
  | 'dRaw'
  | 'dReads'
  | 'dHidden'
  | 'dCells'
  | 'dGates'
  | 'gated'
  | 'dShifted'
  | 'dots'
  | 'dWeights'
  | 'dTape';

/** What the lanes share going back: the gradients that pass from step to step, and what a step works on. */
export function backwardShared(
  { net, gates, raw, reads }: Layout,
  limits: WorkgroupLimits,
): Shared<BackwardArrays> {
  const { memorySize: N, memoryDim: M, controllerSize: U, layers, outputSize } = net;
  const heads = net.readHeads + net.writeHeads;
  const sizes = { heads: raw, dLogits: outputSize, dHeads: raw, dRaw: raw, dReads: reads, dGates: gates };
  const rows = { gated: N, dShifted: N, dots: N, dWeights: heads * N };
  return share({ ...sizes, dHidden: layers * U, dCells: layers * U, ...rows, dTape: M * N }, limits);
}
