import { forwardOf, runKernel } from '@tapehead/core/kernels';
import { reshape, split, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { readHeadSize } from '../heads.js';
import type { NtmConfig } from '../options.js';
import type { HeadTrace, NtmTrace } from '../trace.js';
import { traceKernel } from './op.js';
import type { NtmCall } from './sequence.js';

/** What happens at each step of a sequence. Outside any tape. */
export function fusedTrace({ op, inputs, config, settings }: NtmCall): NtmTrace {
  const { batch, time } = settings;
  return tidy(() => {
    const { kept } = forwardOf(op, inputs, settings, 'kept');
    const [memory, reads, readWeights, writeWeights, parameters] = runKernel(traceKernel, kept, settings);
    if (!memory || !reads || !readWeights || !writeWeights || !parameters) throw new Error('five outputs');
    const { readHeads, writeHeads, memoryDim, shifts } = config;
    const size = readHeadSize(memoryDim, shifts);
    const [ofReads, ofWrites, vectors] = columns(parameters, [
      readHeads * size,
      writeHeads * size,
      writeHeads * 2 * memoryDim,
    ]);
    if (!ofReads || !ofWrites || !vectors) throw new Error('three parts');
    const [erase, add] = columns(reshape(vectors, [batch, time, writeHeads, 2 * memoryDim]), [
      memoryDim,
      memoryDim,
    ]);
    if (!erase || !add) throw new Error('two parts');
    return {
      memory,
      reads,
      readWeights,
      writeWeights,
      readHeads: headTrace(reshape(ofReads, [batch, time, readHeads, size]), config),
      writeHeads: { ...headTrace(reshape(ofWrites, [batch, time, writeHeads, size]), config), erase, add },
    };
  });
}

/** `[B, T, H, M + S + 3]` to key, beta, gate, shift and gamma. */
function headTrace(heads: Tensor, { memoryDim, shifts }: NtmConfig): HeadTrace {
  const [key, beta, gate, shift, gamma] = columns(heads, [memoryDim, 1, 1, shifts, 1]);
  if (!key || !beta || !gate || !shift || !gamma) throw new Error('five parts');
  const scalar = (column: Tensor): Tensor => reshape(column, column.shape.slice(0, -1));
  return { key, beta: scalar(beta), gate: scalar(gate), shift, gamma: scalar(gamma) };
}

function columns(tensor: Tensor, widths: number[]): Tensor[] {
  return split(tensor, widths, tensor.rank - 1);
}
