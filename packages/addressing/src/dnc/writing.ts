import { checkShape } from '@tapehead/core';
import { mul, reshape, type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import { checkScalars } from '../checks.js';
import type { HeadScalars } from '../heads.js';
import { interpolate } from '../interpolate.js';

/**
 * Where the write head writes (Graves et al. 2016, Methods, write weighting):
 * `w = g_w [g_a a + (1 − g_a) c]`: to free rows or to those found by content, and only as far as the write gate is open.
 *
 * @param writeGate g_w in [0, 1]: `[batch, 1]` or `[batch]`
 * @param allocationGate g_a in [0, 1]: `[batch, 1]` or `[batch]`
 * @param allocation a of `allocationWeighting`: `[batch, N]`
 * @param content c, the weighting by content of the write key: `[batch, N]`
 * @returns `[batch, N]`; sums to at most `g_w`
 * @throws TapeheadError `shape` where the shapes do not fit
 */
export function writeWeighting(
  writeGate: HeadScalars,
  allocationGate: HeadScalars,
  allocation: Tensor2D,
  content: Tensor2D,
): Tensor2D {
  checkShape('allocation', allocation, ['batch', 'memorySize']);
  checkShape('content', content, allocation.shape, 'the shape of allocation');
  checkScalars('writeGate', writeGate, allocation);
  checkScalars('allocationGate', allocationGate, allocation);
  return tidy(() => mul(reshape(writeGate, [-1, 1]), interpolate(allocationGate, allocation, content)));
}
