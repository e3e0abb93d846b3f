import { type Floats, floatsOfShape, type RankOf } from '@tapehead/core';
import { addN, mul, split, type Tensor, type Tensor3D, tidy } from '@tensorflow/tfjs-core';
import { likeGiven, weightingsOf, withHeads } from '../heads.js';

/**
 * Where the read heads read (Graves et al. 2016, Methods, read weighting): `w = π₁ b + π₂ c + π₃ f`.
 *
 * @param modes π, for each read head a distribution over backward, content and forward: `[batch, heads, 3]`, or
 * `[batch, 3]` for a single head
 * @param backward b of `backwardWeighting`: `[batch, heads, N]`, or `[batch, N]` for a single head
 * @param content c, the weightings by content of the read keys, in the shape of `backward`
 * @param forward f of `forwardWeighting`, in the shape of `backward`
 * @returns weightings in the shape of `backward`; each sums to at most 1
 * @throws TapeheadError `argument` for what is no numbers, `shape` where the shapes do not fit
 */
export function readWeighting<Weights extends Floats>(
  modes: Floats,
  backward: Weights,
  content: Floats,
  forward: Floats,
): RankOf<Weights>;
export function readWeighting(modes: Floats, backward: Floats, content: Floats, forward: Floats): Tensor {
  return tidy(() => {
    const b = weightingsOf('backward', backward);
    const c = floatsOfShape('content', content, b.shape, 'the shape of backward');
    const f = floatsOfShape('forward', forward, b.shape, 'the shape of backward');
    const said = floatsOfShape('modes', modes, [...b.shape.slice(0, -1), 3], 'backward, content, forward');
    const shares: Tensor3D[] = split(withHeads(said), 3, 2);
    const weightings = [b, c, f].map(withHeads);
    return likeGiven(b, addN(shares.map((share, k) => mul<Tensor3D>(share, weightings[k] ?? share))));
  });
}
