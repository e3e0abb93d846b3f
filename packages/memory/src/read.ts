import { checkRoom, type Floats, type RankOf } from '@tapehead/core';
import { matMul, squeeze, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { memoryOf, weightsOf } from './checks.js';
import { withHeads } from './heads.js';

/**
 * What the heads read (Graves et al. 2014, equation 2): `r = Σ_i w(i) M(i)`.
 *
 * @param memory `[batch, N, M]`
 * @param weights `[batch, heads, N]`, or `[batch, N]` for a single head
 * @returns reads `[batch, heads, M]`, or `[batch, M]` for weights without heads
 * @throws TapeheadError `argument` for what is no numbers, `shape` where the shapes do not fit, `range` for sizes that no
 * memory holds
 */
export function read<Weights extends Floats>(memory: Floats, weights: Weights): RankOf<Weights>;
export function read(memory: Floats, weights: Floats): Tensor {
  return tidy(() => {
    const rows = memoryOf(memory);
    const given = weightsOf(weights, rows);
    const w = withHeads(given);
    const [batch, heads] = w.shape;
    const width = rows.shape[2];
    checkRoom(
      `read of batch ${batch}, ${heads} heads and rows of ${width}`,
      4 * batch * heads * width,
      'take fewer of them',
    );
    const reads = matMul(w, rows);
    return given.rank === 3 ? reads : squeeze(reads, [1]);
  });
}
