import { type Floats, floatsOfShape } from '@tapehead/core';
import { add, mul, sub, type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import { scalarsOf } from '../heads.js';

/**
 * Where the write head writes (Graves et al. 2016, Methods, write weighting):
 * `w = g_w [g_a a + (1 − g_a) c]`: to free rows or to those found by content, and only as far as the write gate is open.
 *
 * @param writeGate g_w in [0, 1]: `[batch, 1]` or `[batch]`, or one number for all
 * @param allocationGate g_a in [0, 1]: `[batch, 1]` or `[batch]`, or one number for all
 * @param allocation a of `allocationWeighting`: `[batch, N]`
 * @param content c, the weighting by content of the write key: `[batch, N]`
 * @returns `[batch, N]`; sums to at most `g_w`
 * @throws TapeheadError `argument` for what is no numbers, `shape` where the shapes do not fit
 */
export function writeWeighting(
  writeGate: Floats,
  allocationGate: Floats,
  allocation: Floats,
  content: Floats,
): Tensor2D {
  return tidy(() => {
    const free = floatsOfShape('allocation', allocation, ['batch', 'memorySize']);
    const found = floatsOfShape('content', content, free.shape, 'the shape of allocation');
    const open = scalarsOf('writeGate', writeGate, free);
    const toFree = scalarsOf('allocationGate', allocationGate, free);
    return mul(open, add<Tensor2D>(mul(toFree, free), mul(sub(1, toFree), found)));
  });
}
