import { declareAxesOp, type SizesOf } from '@tapehead/core/kernels';
import { writeName } from './name.js';

/** B sequences, W heads, N rows of M cells. */
export type WriteSizes = SizesOf<'B' | 'W' | 'N' | 'M'>;

/** The op `write`: all erases and adds in one kernel call, and all four gradients in another. */
export const writeOp = /* @__PURE__ */ declareAxesOp({
  ...writeName,
  sizes: { B: 'batch', W: 'heads', N: 'memorySize', M: 'memoryDim' },
  inputs: { memory: 'B N M', weights: 'B W N', erase: 'B W M', add: 'B W M' },
  outputs: { written: 'B N M' },
  again: ['memory', 'weights', 'erase', 'add'],
});
