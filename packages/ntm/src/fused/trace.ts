import { forwardOf, needed, runKernel } from '@tapehead/core/kernels';
import { reshape, split, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { readHeadSize } from '../heads.js';
import type { NtmConfig } from '../options.js';
import type { HeadTrace, NtmTrace } from '../trace.js';
import { traceKernel } from './op.js';
import type { NtmCall } from './sequence.js';

/** What happens at each step of a sequence. Outside any tape. */
export function fusedTrace({ op, inputs, config, settings }: NtmCall): NtmTrace {
  const { readHeads: R, writeHeads: W, memoryDim: M, shifts } = config;
  const size = readHeadSize(M, shifts);
  const perHead = (tensor: Tensor | undefined, heads: number, width: number): Tensor =>
    reshape(needed(tensor), [settings.batch, settings.time, heads, width]);
  return tidy(() => {
    const { kept } = forwardOf(op, inputs, settings, 'kept');
    const [memory, reads, readWeights, writeWeights, said] = runKernel(traceKernel, kept, settings);
    const [ofReads, ofWrites, vectors] = columns(needed(said), [R * size, W * size, W * 2 * M]);
    const [erase, add] = columns(perHead(vectors, W, 2 * M), [M, M]);
    return {
      memory: needed(memory),
      reads: needed(reads),
      readWeights: needed(readWeights),
      writeWeights: needed(writeWeights),
      readHeads: headTrace(perHead(ofReads, R, size), config),
      writeHeads: {
        ...headTrace(perHead(ofWrites, W, size), config),
        erase: needed(erase),
        add: needed(add),
      },
    };
  });
}

/** `[B, T, H, M + S + 3]` to key, beta, gate, shift and gamma. */
function headTrace(heads: Tensor, { memoryDim, shifts }: NtmConfig): HeadTrace {
  const [key, beta, gate, shift, gamma] = columns(heads, [memoryDim, 1, 1, shifts, 1]);
  const scalar = (column: Tensor | undefined): Tensor => reshape(needed(column), heads.shape.slice(0, -1));
  return {
    key: needed(key),
    beta: scalar(beta),
    gate: scalar(gate),
    shift: needed(shift),
    gamma: scalar(gamma),
  };
}

const columns = (tensor: Tensor, widths: number[]): Tensor[] => split(tensor, widths, tensor.rank - 1);
